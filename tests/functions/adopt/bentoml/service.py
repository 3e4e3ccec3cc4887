import bentoml


@bentoml.service(resources={"cpu": "1"})
class Price:
    @bentoml.api
    def quote(self, rooms: int) -> int:
        return rooms * 10
