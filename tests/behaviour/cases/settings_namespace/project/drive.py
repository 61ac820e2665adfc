from tasks import ring

ring.delay("big")
