"""The States and Union Territories of India by the two digits that begin a GSTIN. A table, nothing else."""

STATES = {
    "01": "Jammu and Kashmir",
    "02": "Himachal Pradesh",
    "03": "Punjab",
    "04": "Chandigarh",
    "05": "Uttarakhand",
    "06": "Haryana",
    "07": "Delhi",
    "08": "Rajasthan",
    "09": "Uttar Pradesh",
    "10": "Bihar",
    "11": "Sikkim",
    "12": "Arunachal Pradesh",
    "13": "Nagaland",
    "14": "Manipur",
    "15": "Mizoram",
    "16": "Tripura",
    "17": "Meghalaya",
    "18": "Assam",
    "19": "West Bengal",
    "20": "Jharkhand",
    "21": "Odisha",
    "22": "Chhattisgarh",
    "23": "Madhya Pradesh",
    "24": "Gujarat",
    "26": "Dadra and Nagar Haveli and Daman and Diu",
    "27": "Maharashtra",
    "29": "Karnataka",
    "30": "Goa",
    "31": "Lakshadweep",
    "32": "Kerala",
    "33": "Tamil Nadu",
    "34": "Puducherry",
    "35": "Andaman and Nicobar Islands",
    "36": "Telangana",
    "37": "Andhra Pradesh",
    "38": "Ladakh",
    "97": "Other Territory",
}
UNION_TERRITORIES = frozenset({"04", "26", "31", "35", "38", "97"})
"""Without a legislature: the Union's territory tax stands where States have theirs (UTGST Act 2017).

Delhi, Puducherry and Jammu and Kashmir have legislatures and tax as States do.
"""


def state_text(code: str) -> str:
    """How a place of supply is printed: 'Karnataka (29)'; a code that is not known stands alone."""
    name = STATES.get(code)
    return f"{name} ({code})" if name else code
