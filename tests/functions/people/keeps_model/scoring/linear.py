class Linear:
    def __init__(self, bias, weights):
        self.bias = bias
        self.weights = weights

    def score(self, row):
        return self.bias + sum(weight * value for weight, value in zip(self.weights, row))
