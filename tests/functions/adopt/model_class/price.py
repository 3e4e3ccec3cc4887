from funcs import Model as Base


class HousePrice(Base):
    def predict(self, inputs):
        return [10 * rooms for rooms in inputs]
