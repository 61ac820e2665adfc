from tasks import add, attempt, total

assert add(2, 3) == 5
attempt("in the program")
attempt.run("past the call")
attempt.delay("in the worker")
total.delay([4])
