from tasks import poll

poll.delay("j1")
