from tasks import copy

copy.delay("/a")
