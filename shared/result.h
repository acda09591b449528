// A value or the error in its place. Used for parsing and decisions in all three builds.
// Replaces std::expected, which two of the three compilers lack. Reading the wrong side traps.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

namespace rekey {

// The pages' module passes these numbers to JavaScript (templates/pages/verdicts.js), and the origin logs them: never renumber,
// only append.
enum class Error : std::uint8_t {
  kNone = 0,
  kMalformedJson = 1,          // not one JSON document of valid UTF-8
  kWrongShape = 2,             // readable, but a field or phrase is missing, unknown, repeated or of the wrong form
  kTooLarge = 3,               // more bytes or depth than the caller allows
  kInvalidEmail = 4,           // refused by shared/email_address.h
  kInvalidUsername = 5,        // refused by shared/username.h
  kPasswordTooShort = 6,       // fewer code points than the policy requires
  kPasswordTooLong = 7,        // more code points than the policy allows
  kPasswordNotText = 8,        // not UTF-8, or with a control character
  kPasswordCommon = 9,         // on the list of common passwords
  kPasswordPersonal = 10,      // is the e-mail address, its local part, the user name or the product's name
  kTokenMalformed = 11,        // not 72 characters of canonical base64url, or of another version
  kTokenForged = 12,           // no key of the ring makes this tag for this purpose
  kTokenExpired = 13,          // authentic, but expired
  kSignatureMissing = 14,      // no usable Signature or Signature-Input field
  kSignatureInvalid = 15,      // covers the wrong components, unknown key, wrong MAC or wrong digest
  kSignatureExpired = 16,      // `created` is outside the window
  kInvalidKeyRing = 17,        // a broken list of keys
  kInvalidLimit = 18,          // a broken rate limit setting
  kInvalidEncoding = 19,       // broken base64, hex or form encoding
  kPasswordTooManyBytes = 20,  // more bytes than the format of new hashes takes
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor): reads as `return value;`
  Result(Error error) : error_(error) {          // NOLINT(google-explicit-constructor): reads as `return Error::k...;`
    if (error == Error::kNone) __builtin_trap();
  }

  explicit operator bool() const { return value_.has_value(); }
  Error error() const { return error_; }

  const T& value() const& {
    if (!value_) __builtin_trap();
    return *value_;
  }
  T& value() & {
    if (!value_) __builtin_trap();
    return *value_;
  }
  T&& value() && {
    if (!value_) __builtin_trap();
    return std::move(*value_);
  }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  const T* operator->() const { return &value(); }

 private:
  std::optional<T> value_;
  Error error_ = Error::kNone;
};

}  // namespace rekey
