def handler(context, event):
    return 2
