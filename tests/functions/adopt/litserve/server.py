import litserve as ls


class Price(ls.LitAPI):
    def setup(self, device):
        self.weight = 10

    def decode_request(self, request):
        return request["rooms"]

    def predict(self, rooms):
        return rooms * self.weight

    def encode_response(self, price):
        return {"price": price}
