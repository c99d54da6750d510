"""Stripe's products and prices, and the lines that are made of them."""

from decimal import Decimal
from typing import Any

from bursar.sandbox.fake.stripe.account import Account, Thing
from bursar.sandbox.fake.stripe.errors import StripeError
from bursar.sandbox.fake.stripe.listing import page
from bursar.sandbox.fake.stripe.metadata import merged
from bursar.sandbox.fake.stripe.money import currency_of

INTERVAL_S = {"day": 86_400, "week": 604_800, "month": 2_592_000, "year": 31_536_000}
"""Seconds of a billing interval. Months have thirty days here: no test hangs on the calendar."""


def create_product(account: Account, params: dict[str, Any]) -> Thing:
    """Something that is sold."""
    made = {
        "id": params.get("id") or account.new_id("prod"),
        "object": "product",
        "active": params.get("active", True),
        "created": account.now_s(),
        "default_price": None,
        "description": params.get("description"),
        "images": params.get("images", []),
        "livemode": False,
        "metadata": merged({}, params.get("metadata")),
        "name": params["name"],
        "type": "service",
        "updated": account.now_s(),
    }
    account.put(made)
    account.emit("product.created", made)
    return made


def create_price(account: Account, params: dict[str, Any]) -> Thing:
    """What a product costs, once or each interval."""
    if "product_data" in params:
        product = create_product(account, {"name": params["product_data"]["name"]})["id"]
    elif "product" in params:
        product = account.get("product", params["product"], "product")["id"]
    else:
        raise StripeError("Missing required param: product.", code="parameter_missing", param="product")
    made = _price(account, params, product)
    account.put(made)
    account.emit("price.created", made)
    return made


def price_of(account: Account, line: dict[str, Any], path: str) -> Thing:
    """The price a line names, or one made for it alone. Raises StripeError naming the parameter."""
    if "price" in line:
        return account.get("price", line["price"], f"{path}[price]")
    if "price_data" not in line:
        raise StripeError(f"You must specify either {path}[price] or {path}[price_data].", param=path)
    data = line["price_data"]
    if "product_data" not in data and "product" not in data:
        missing = f"{path}[price_data][product]"
        raise StripeError(f"Missing required param: {missing}.", code="parameter_missing", param=missing)
    return create_price(account, data)


def retrieve_product(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001
    """One product."""
    return account.get("product", id_)


def list_products(account: Account, params: dict[str, Any]) -> Thing:
    """Products, newest first."""
    return page(account.all("product"), params, "/v1/products")


def retrieve_price(account: Account, params: dict[str, Any], id_: str) -> Thing:  # noqa: ARG001
    """One price."""
    return account.get("price", id_)


def list_prices(account: Account, params: dict[str, Any]) -> Thing:
    """Prices, newest first."""
    return page(account.all("price"), params, "/v1/prices")


def period_s(price: Thing) -> int:
    """How long one period of a recurring price is, in seconds. Raises StripeError for a one-time price."""
    recurring = price["recurring"]
    if recurring is None:
        raise StripeError(
            f"The price specified is set to `type=one_time` but this field only accepts prices with "
            f"`type=recurring`: {price['id']}.",
            param="items[0][price]",
        )
    return INTERVAL_S[recurring["interval"]] * int(recurring["interval_count"])


def _price(account: Account, params: dict[str, Any], product: str) -> Thing:
    amount = params.get("unit_amount")
    if amount is None:
        exact: Decimal | None = params.get("unit_amount_decimal")
        if exact is None or exact != exact.to_integral_value():
            raise StripeError(
                "unit_amount, or a whole unit_amount_decimal, is required: no fractions here.",
                code="parameter_missing",
                param="unit_amount",
            )
        amount = int(exact)
    recurring = params.get("recurring")
    return {
        "id": account.new_id("price"),
        "object": "price",
        "active": params.get("active", True),
        "billing_scheme": "per_unit",
        "created": account.now_s(),
        "currency": currency_of(params["currency"]),
        "livemode": False,
        "lookup_key": params.get("lookup_key"),
        "metadata": merged({}, params.get("metadata")),
        "nickname": params.get("nickname"),
        "product": product,
        "recurring": {"interval_count": 1, "usage_type": "licensed", **recurring} if recurring else None,
        "tax_behavior": params.get("tax_behavior", "unspecified"),
        "type": "recurring" if recurring else "one_time",
        "unit_amount": amount,
        "unit_amount_decimal": str(amount),
    }
