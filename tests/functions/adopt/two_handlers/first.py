def handler(context, event):
    return 1
