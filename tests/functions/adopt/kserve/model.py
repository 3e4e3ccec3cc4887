from kserve import Model, ModelServer


class Price(Model):
    def load(self):
        self.ready = True

    def predict(self, payload, headers=None):
        return payload


if __name__ == "__main__":
    ModelServer().start([Price("price")])
