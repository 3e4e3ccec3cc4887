import funcs


def double(inputs):
    return [2 * value for value in inputs]


flow = funcs.Graph("double")
flow.to(double).respond()
