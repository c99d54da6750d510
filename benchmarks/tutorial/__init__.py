"""As tutorials do it, with care: FastAPI, the SDK's check, a Celery task and an ORM transaction per event."""
