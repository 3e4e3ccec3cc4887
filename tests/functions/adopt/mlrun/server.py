import mlrun


class Price(mlrun.serving.V2ModelServer):
    def load(self):
        self.model = 1

    def predict(self, body):
        return body["inputs"]
