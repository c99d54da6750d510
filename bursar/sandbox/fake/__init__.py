"""Fake gateways behind real HTTP: they keep state, send signed webhooks, and fail as they are told to.

In a process of its own: `python -m bursar.sandbox.fake --webhooks http://127.0.0.1:8000/webhooks` prints
`ready` and where each gateway is. In a test: `FakeServer(FakeGateways.build(every_vendor()))`, in a `with`.

| request | what it does |
|---|---|
| `/stripe/v1/...` | Stripe's API; other gateways likewise under their names |
| `GET /pay/{checkout}` | the hosted page, for a person |
| `GET /_fake/book` | what really happened to money |
| `GET /_fake/events` | what was announced, and what became of each delivery |
| `POST /_fake/faults` | one `Fault` or a list; `GET` tells which came true, `DELETE` ends them |
| `POST /_fake/clock` | `{"advance_s": 86400}`: sessions expire, subscriptions renew |
| `POST /_fake/deliver` | deliver what is due, or with `{"early": true}` everything |
| `POST /_fake/redeliver` | `{"event": "evt_..."}`: once more |
| `POST /_fake/stripe/pay` | `{"session": "cs_..."}`; every method in the vendor's `controls` likewise |
"""
