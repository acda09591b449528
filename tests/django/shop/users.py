# The shop's users, by Django's own functions. python3 -m shop.users make COUNT: adds users, a quarter of them with each hasher, and some
# without a password; authenticate: reads {"username", "password"} a line, and prints for each whether authenticate() accepts it.
import json
import sys

import django

django.setup()

from django.contrib.auth import authenticate  # noqa: E402
from django.contrib.auth.hashers import get_hashers, make_password  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.utils import timezone  # noqa: E402

SAMPLES = 3  # hashes of each hasher: making 20,000 would take an hour


def make(count):
    """User N has the password `a walk in rain K`, K = N % 3, made by hasher N % 4; every hundredth has none."""
    hashers = [hasher.algorithm for hasher in get_hashers()]
    hashes = {(name, k): make_password(f"a walk in rain {k}", hasher=name) for name in hashers for k in range(SAMPLES)}
    joined = timezone.now()
    User.objects.bulk_create(
        (
            User(
                username=f"user{n}",
                email=f"User{n}@Example.com" if n % 2 else f"user{n}@example.com",
                first_name="Ada",
                last_name=f"Number {n}",
                is_active=n % 50 != 7,
                is_staff=n % 1000 == 1,
                date_joined=joined,
                password=make_password(None) if n % 100 == 99 else hashes[hashers[n % len(hashers)], n % SAMPLES],
            )
            for n in range(count)
        ),
        batch_size=5000,
    )


def answer(line):
    words = json.loads(line)
    return authenticate(username=words["username"], password=words["password"]) is not None


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(int(sys.argv[2]))
    else:
        print(json.dumps([answer(line) for line in sys.stdin if line.strip()]))
