// Password hashes that other products made: what each wrote, and for which password. `Source` says by which program.
#pragma once

#include <string_view>

#include "origin/passwords/stored_hash.h"

namespace rekey::test {

struct ProductHash {
  std::string_view product;
  HashForm form;
  std::string_view password;
  std::string_view text;
};

inline constexpr std::string_view kHorse = "correct horse b\xC3\xA4ttery";
inline constexpr std::string_view kNotInNfkc = "\xEF\xAC\x81sh and chips \xE2\x91\xA0";

inline constexpr ProductHash kProductHashes[] = {
    // Source: Debian's php8.2-cli 8.2.36, password_hash().
    {"PHP, Argon2id", HashForm::kArgon2id, kHorse,
     "$argon2id$v=19$m=65536,t=4,p=1$MnFKU0EuTFB4aTRUVGZsQw$smLBwJzuEba370ukblXoM6TXuvBKs3AFj7AS9gBgMa0"},
    {"PHP, bcrypt (Laravel)", HashForm::kBcrypt2y, kHorse, "$2y$12$ExZ4UdUxA9LKWJDRH/S8vutmkwAC8H6IBW7FOrDXf1JuAcu3GxiN."},
    // The same program, by the lines of wp_hash_password() of WordPress 6.8.
    {"PHP, WordPress 6.8", HashForm::kWordpress, kHorse, "$wp$2y$10$umdNrPpilXcc2IpJwIF3OOCQrdvk8GeQseUVs1th7rxtTpQvYHFM."},
    // Source: Debian's ruby-bcrypt 3.1.18, BCrypt::Password.create, as Devise calls it.
    {"Devise", HashForm::kBcrypt2a, kHorse, "$2a$12$gSxm7rcMCsgLVeiH/N/xv.9SykcC4zbVLXuznSAYfbOGsL2S9/0d6"},
    // Source: Debian's python3-django 3.2.25, make_password().
    {"Django, Argon2", HashForm::kDjangoArgon2id, kHorse,
     "argon2$argon2id$v=19$m=102400,t=2,p=8$Q29NbGlqZXAyTXRFNmwwRXl5SEIwQg$6RTLgQi8cv2WWIjUTSHLdg"},
    {"Django, bcrypt", HashForm::kDjangoBcrypt, kHorse, "bcrypt$$2b$12$2iRPMVIRmlinSNvxvjUefuGLu6018nf3G7ORYvt5AC.4GVL9bHc8i"},
    {"Django, bcrypt over SHA-256", HashForm::kDjangoBcryptSha256, kHorse,
     "bcrypt_sha256$$2b$12$xH6ThjGQzRtcwJXR.kR2D.BYmcXGh1Igsb5cGIccZq0QX3ByNvgGu"},
    {"Django, PBKDF2", HashForm::kDjangoPbkdf2Sha256, kHorse,
     "pbkdf2_sha256$260000$TupxtkluLtYRqDDlbl3c17$xyVBY2FHzAVA6rJZZUpv5833GrfLIdHhLQ3SgrQbc+w="},
    {"Django, PBKDF2 of SHA-1", HashForm::kDjangoPbkdf2Sha1, kHorse,
     "pbkdf2_sha1$260000$qOTLYanfViacGUmQvSQWHd$jbM2XU1bq05wnRl5V8zCtL3gbbc="},
    // Source: Django's tests/auth_tests/test_hashers.py, of versions 5.1 and 4.0.
    {"Django 5.1, scrypt", HashForm::kDjangoScrypt, "l\xC3\xA8tmein",
     "scrypt$16384$seasalt$8$5$ECMIUp+LMxMSK8xB/IVyba+KYGTI7FTnet025q/1f/vBAVnnP3hdYqJuRi+mJn6ji6ze3Fbb7JEFPKGpuEf5vw=="},
    {"Django 4.0, scrypt", HashForm::kDjangoScrypt, "l\xC3\xA8tmein",
     "scrypt$16384$seasalt$8$1$Qj3+9PPyRjSJIebHnG81TMjsqtaIGxNQG/aEB/NYafTJ7tibgfYz71m0ldQESkXFRkdVCBhhY8mx7rQwite/Pw=="},
    // Source: npm's better-auth 1.7.25, hashPassword(). The second password is another one in NFKC.
    {"better-auth", HashForm::kBetterAuth, kHorse,
     "a49911f5d4a0a6a6a0457acc5037ae00:"
     "0e73f18849323ebd6cf69a3a65ea3e93409df8f9f07f5fdcf7cd95fd919e98c0a5569148a3c39aee99f6ebf6a2a2"
     "e62beeb0b883568df395e9097e8e545a5dd0"},
    {"better-auth, NFKC", HashForm::kBetterAuth, kNotInNfkc,
     "fe1d4e7ddd4f083f83866c1dbf6ba7db:"
     "88cf6103bf047a75cf52b5a1a95f9c398494c725158b30557f523a6c7f76b8350a0ce2822479c5f32c208e598e02"
     "64a89a73118724d2995a431ccd79257ff3f9"},
    // Source: ASP.NET Core's src/Identity/test/Identity.Test/PasswordHasherTest.cs.
    {"ASP.NET, SHA-256", HashForm::kAspnetV3, "my password",
     "AQAAAAEAACcQAAAAEAABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw=="},
    {"ASP.NET, SHA-512, short", HashForm::kAspnetV3, "my password",
     "AQAAAAIAAAAyAAAAEOMwvh3+FZxqkdMBz2ekgGhwQ4B6pZWND6zgESBuWiHw"},
    {"ASP.NET, SHA-512, long", HashForm::kAspnetV3, "my password",
     "AQAAAAIAAAD6AAAAIJbVi5wbMR+htSfFp8fTw8N8GOS/Sje+S/"
     "4YZcgBfU7EQuqv4OkVYmc4VJl9AGZzmRTxSkP7LtVi9IWyUxX8IAAfZ8v+ZfhjCcudtC1YERSqE1OE"
     "dXLW9VukPuJWBBjLuw=="},
    {"ASP.NET, SHA-1", HashForm::kAspnetV3, "my password", "AQAAAAAAAAD6AAAAEAhftMyfTJylOlZT+eEotFXd1elee8ih5WsjXaR3PA9M"},
    {"ASP.NET, SHA-256, 250,000", HashForm::kAspnetV3, "my password",
     "AQAAAAEAA9CQAAAAIESkQuj2Du8Y+kbc5lcN/W/3NiAZFEm11P27nrSN5/tId+bR1SwV8CO1Jd72r4C08OLvplNlCDc3oQZ8efcW+jQ="},
    // Source: Debian's python3-passlib 1.7.4.
    {"phpass", HashForm::kPhpass, kHorse, "$P$BHou4smVO9cQbUhWBevUgldAxGrA57/"},
    {"phpBB", HashForm::kPhpbb, kHorse, "$H$74KZ9B0Gxti1ZTO5x9/v/qBDlFNe44."},
    {"sha512crypt", HashForm::kSha512crypt, kHorse,
     "$6$3/R7CFi0F0NcnEFs$lbtpLlhnxL/BcMP6uz5KS5JzULK600VxBgfEuA.ZL9Y5sblWsIaGIpNF51AQicVH0MlHSLBlVTDJTtWMM.YYi1"},
    {"sha512crypt, rounds", HashForm::kSha512crypt, kHorse,
     "$6$rounds=6000$Em3NWHdXQVH35kA0$0.APNzQnmB7N4u4a2Y2yR6voxbhhfX566JOx8WmBYfQVWJmoV.MmrGj6XKJWZqxHCynIZSrCXXubrM2ds.oti/"},
    // Source: Debian's perl, crypt(), by libxcrypt 4.4.33.
    {"yescrypt", HashForm::kYescrypt, kHorse, "$y$j9T$abcdefghijklmnopqrstu/$oLgh6r5phqdnGVkSTrjWcIpqP.QxB5qFAyGDL1l4Hm5"},
};

}  // namespace rekey::test
