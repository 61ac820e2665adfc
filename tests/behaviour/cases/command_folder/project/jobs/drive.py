from tasks import work

work.delay()
