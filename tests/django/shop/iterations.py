# python3 -m shop.iterations: prints how many rounds Django's default hasher takes.
from django.contrib.auth.hashers import PBKDF2PasswordHasher

print(PBKDF2PasswordHasher.iterations)
