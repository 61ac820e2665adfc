from tasks import where

where.delay()
