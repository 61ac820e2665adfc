from tasks import app, bounce, send

send.delay("a@example.org")
app.send_task("mail.send", args=["b@example.org"])
bounce.delay("c@example.org")
