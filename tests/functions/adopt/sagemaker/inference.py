def model_fn(model_dir):
    return 10


def predict_fn(rooms, model):
    return rooms * model
