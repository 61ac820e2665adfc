from trace import record


def count(number, step=1):
    record("counted", number=number, step=step)
    return number + step
