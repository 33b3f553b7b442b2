"""What `gunicorn wsgi:application` takes from here: refuse a bad start once, instead of forever."""

preload_app = True
worker_class = "gthread"
threads = 4
