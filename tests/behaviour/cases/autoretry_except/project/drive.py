from tasks import call

call.delay("refused")
call.delay("lost")
