from networkx import Graph

roads = Graph()


def handler(context, event):
    return len(roads)
