from tasks import say

say.delay("hello")
