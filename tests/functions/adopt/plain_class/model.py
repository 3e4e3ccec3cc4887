class Price:
    def load(self):
        self.weight = 10

    def predict(self, rooms):
        return rooms * self.weight
