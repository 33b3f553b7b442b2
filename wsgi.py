"""The portal for a production server: `gunicorn wsgi:application` (docs/installation.md).

A setting that is missing or unsafe ends the start with one line that names it.
"""

from ops_portal.app import create_app

application = create_app()
