"""The tutorial's receiver: check the signature with the SDK, hand the event to Celery, answer."""

import stripe
from fastapi import FastAPI, Header, HTTPException, Request  # type: ignore[import-not-found, unused-ignore]

from benchmarks.tutorial import settings
from benchmarks.tutorial.tasks import handle_event

app = FastAPI()


@app.post("/webhooks/stripe")  # type: ignore[untyped-decorator, unused-ignore]
async def stripe_webhook(request: Request, stripe_signature: str = Header()) -> dict[str, bool]:
    """Take one event in."""
    payload = await request.body()
    try:
        event = stripe.Webhook.construct_event(payload, stripe_signature, settings.WEBHOOK_SECRET)
    except ValueError:
        raise HTTPException(status_code=400, detail="invalid payload") from None
    except stripe.SignatureVerificationError:
        raise HTTPException(status_code=400, detail="invalid signature") from None
    handle_event.delay(event.to_dict())
    return {"received": True}
