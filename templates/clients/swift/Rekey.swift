// A client of Rekey for applications: recovery by code or by link, log-in, the session and its account. It needs Foundation alone.
//
// Keep the session's token in the keychain, and the recovery id until the new password is set. A call that may be sent again without a
// second effect is sent again when its answer is lost, or after Retry-After, if that is short.
import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

public struct User: Decodable, Sendable {
    public let id, username, email: String
    public let isActive, isVerified, isSuperuser: Bool

    enum CodingKeys: String, CodingKey {
        case id, username, email
        case isActive = "is_active", isVerified = "is_verified", isSuperuser = "is_superuser"
    }
}

public struct NewUser: Decodable, Sendable {
    public let id, username, email: String
}

public struct Token: Decodable, Sendable {
    public let accessToken, tokenType: String
    public let expiresIn: Int

    enum CodingKeys: String, CodingKey {
        case accessToken = "access_token", tokenType = "token_type", expiresIn = "expires_in"
    }
}

public struct Session: Decodable, Sendable {
    public let id: String
    public let current: Bool
    public let browser, system, country, startedAt: String
    public let renewedAt: String?
    public let expiresAt: String

    enum CodingKeys: String, CodingKey {
        case id, current, browser, system, country
        case startedAt = "started_at", renewedAt = "renewed_at", expiresAt = "expires_at"
    }
}

public struct FieldError: Decodable, Sendable {
    public let pointer, detail, reason: String
}

/// A refusal. Branch on `type`, such as "bad-token", and on the reason of a field; `title` and `detail` are for people, in their language.
public struct RekeyError: LocalizedError, Sendable {
    public let type: String
    public let status: Int
    public let title: String
    public let detail: String
    public let fields: [FieldError]
    /// Seconds to wait before the next try; nil if waiting does not help.
    public let retryAfter: Int?
    /// For the operator, who finds it in the logs.
    public let requestId: String

    public var errorDescription: String? { detail }
}

/// One account's client. `onToken` gets each new token to store, and nil when there is none any more. `onDevice` gets each new device id, to
/// be stored for longer: with it the limits count this device by itself, not with all others behind its address.
public actor Rekey {
    public private(set) var token: String?

    private let base: String
    private let language: String?
    private let session: URLSession
    private let onToken: @Sendable (String?) -> Void
    private var device: String?
    private let onDevice: @Sendable (String) -> Void

    /// In: the address of the edge, such as "https://account.example.com"; token and device id of an earlier run; a language for the texts of
    /// errors, as in Accept-Language, by default the device's.
    public init(
        base: String, token: String? = nil, device: String? = nil, language: String? = nil,
        onToken: @escaping @Sendable (String?) -> Void = { _ in }, onDevice: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
        self.token = token
        self.language = language
        self.onToken = onToken
        self.device = device
        self.onDevice = onDevice
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpShouldSetCookies = false // the cookie is for pages
        configuration.timeoutIntervalForRequest = 20 // three attempts begin in the minute in which a renewed token still works
        session = URLSession(configuration: configuration)
    }

    /// The token in a mail's link, with which the system opened the application; nil for another link.
    public static func token(ofLink link: URL) -> String? {
        guard let fragment = link.fragment, fragment.hasPrefix("token="), fragment.utf8.count == 78 else { return nil }
        return String(fragment.dropFirst(6))
    }

    // MARK: Recovery

    /// Returns the recovery id, for the code in the mail. It is the same kind of answer for every address.
    public func forgotPassword(email: String) async throws -> String {
        let accepted: Accepted = try await answer(Call("POST", "/api/users/forgot-password", ["email": email]))
        return accepted.recoveryId
    }

    /// Throws "bad-token" for a code that does not work; each wrong one costs one of five tries.
    public func checkRecoveryCode(recoveryId: String, code: String) async throws {
        try await send(Call("POST", "/api/users/recovery/check", ["recovery_id": recoveryId, "code": code]))
    }

    public func resetPassword(recoveryId: String, code: String, newPassword: String) async throws {
        try await send(Call("POST", "/api/users/reset-password", ["recovery_id": recoveryId, "code": code, "new_password": newPassword], key: newKey()))
    }

    public func resetPassword(token: String, newPassword: String) async throws {
        try await send(Call("POST", "/api/users/reset-password", ["token": token, "new_password": newPassword], key: newKey()))
    }

    public func cancelReset(token: String, email: String) async throws {
        try await send(Call("POST", "/api/users/reset-password/cancel", ["token": token, "email": email], repeats: .safely))
    }

    // MARK: Accounts and sessions

    public func register(username: String, email: String, password: String) async throws -> NewUser {
        try await answer(Call("POST", "/api/users", ["username": username, "email": email, "password": password], key: newKey()))
    }

    public func logIn(email: String, password: String) async throws -> Token {
        keep(try await answer(Call("POST", "/api/users/token", ["grant_type": "password", "username": email, "password": password], form: .urlEncoded)))
    }

    /// In the last third of a token's life is a good time. Throws "not-renewed" if the session can last no longer.
    public func renewToken() async throws -> Token {
        keep(try await answer(Call("POST", "/api/users/token/renew", repeats: .safely)))
    }

    public func logout() async throws {
        try await send(Call("POST", "/api/users/logout", repeats: .safely))
        replaceToken(nil)
    }

    public func me() async throws -> User {
        try await answer(Call("GET", "/api/users/me", repeats: .safely))
    }

    /// This session lives on, all others end.
    public func changePassword(currentPassword: String, newPassword: String) async throws {
        try await send(Call("PATCH", "/api/users/me/password", ["current_password": currentPassword, "new_password": newPassword], key: newKey()))
    }

    public func sessions() async throws -> [Session] {
        let list: Sessions = try await answer(Call("GET", "/api/users/me/sessions", repeats: .safely))
        return list.sessions
    }

    public func endSession(id: String) async throws {
        try await send(Call("DELETE", "/api/users/me/sessions/" + percentEncoded(id), repeats: .safely))
    }

    public func endOtherSessions() async throws {
        try await send(Call("DELETE", "/api/users/me/sessions", repeats: .safely))
    }

    // MARK: One call

    private func answer<Answer: Decodable>(_ call: Call) async throws -> Answer {
        try JSONDecoder().decode(Answer.self, from: try await send(call))
    }

    @discardableResult
    private func send(_ call: Call) async throws -> Data {
        for _ in 1..<attempts {
            do {
                return try await sendOnce(call)
            } catch {
                guard let pause = pauseAfter(error, call), pause <= longestPauseSeconds else { throw error }
                try await Task.sleep(nanoseconds: UInt64(pause) * 1_000_000_000)
            }
        }
        return try await sendOnce(call)
    }

    /// Throws RekeyError for a refusal, URLError if there is no answer.
    private func sendOnce(_ call: Call) async throws -> Data {
        let sent = token
        let (body, response) = try await session.data(for: try request(for: call))
        guard let response = response as? HTTPURLResponse else { throw URLError(.badServerResponse) }
        if let given = response.value(forHTTPHeaderField: "Rekey-Device") { keepDevice(given) }
        if (200..<300).contains(response.statusCode) { return body }
        let refusal = refusalOf(response, body)
        if refusal.type == "no-session" && token == sent { replaceToken(nil) } // not a newer one
        throw refusal
    }

    private func request(for call: Call) throws -> URLRequest {
        guard let url = URL(string: base + call.path) else { throw URLError(.badURL) }
        var request = URLRequest(url: url)
        request.httpMethod = call.method
        request.setValue("application/json", forHTTPHeaderField: "Accept")
        if let language { request.setValue(language, forHTTPHeaderField: "Accept-Language") }
        if let key = call.key { request.setValue(key, forHTTPHeaderField: "Idempotency-Key") }
        if let device { request.setValue(device, forHTTPHeaderField: "Rekey-Device") }
        if let token { request.setValue("Bearer " + token, forHTTPHeaderField: "Authorization") }
        guard !call.fields.isEmpty else { return request }
        request.setValue(call.form.rawValue, forHTTPHeaderField: "Content-Type")
        request.httpBody = try call.body()
        return request
    }

    private func keep(_ next: Token) -> Token {
        replaceToken(next.accessToken)
        return next
    }

    private func keepDevice(_ next: String) {
        device = next
        onDevice(next)
    }

    private func replaceToken(_ next: String?) {
        token = next
        onToken(next)
    }
}

private let attempts = 3
private let longestPauseSeconds = 10 // a longer one is for the reader to decide
private let prefix = "urn:rekey:problem:"

private struct Accepted: Decodable {
    let recoveryId: String
    enum CodingKeys: String, CodingKey { case recoveryId = "recovery_id" }
}

private struct Sessions: Decodable {
    let sessions: [Session]
}

private struct Problem: Decodable {
    let type, title, detail: String
    let errors: [FieldError]?
}

private enum Form: String { case json = "application/json", urlEncoded = "application/x-www-form-urlencoded" }

/// Whether a call may be sent again, also when nobody knows if it was carried out. One with a key may, too.
private enum Repeats { case never, safely }

private struct Call {
    let method, path: String
    let fields: [String: String]
    let repeats: Repeats
    let form: Form
    let key: String?

    init(_ method: String, _ path: String, _ fields: [String: String] = [:], repeats: Repeats = .never, form: Form = .json, key: String? = nil) {
        self.method = method
        self.path = path
        self.fields = fields
        self.repeats = key == nil ? repeats : .safely
        self.form = form
        self.key = key
    }

    /// The same bytes each time, as an Idempotency-Key demands: a dictionary's order is another one for each encoder.
    func body() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        if form == .json { return try encoder.encode(fields) }
        return Data(fields.map { percentEncoded($0.key) + "=" + percentEncoded($0.value) }.joined(separator: "&").utf8)
    }
}

private func newKey() -> String { UUID().uuidString }

private func percentEncoded(_ text: String) -> String {
    let unreserved = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
    return text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
}

private func refusalOf(_ response: HTTPURLResponse, _ body: Data) -> RekeyError {
    let problem = try? JSONDecoder().decode(Problem.self, from: body)
    let type = problem?.type ?? ""
    return RekeyError(
        type: type.hasPrefix(prefix) ? String(type.dropFirst(prefix.count)) : "unknown",
        status: response.statusCode,
        title: problem?.title ?? "",
        detail: problem?.detail ?? "status \(response.statusCode)",
        fields: problem?.errors ?? [],
        retryAfter: response.value(forHTTPHeaderField: "Retry-After").flatMap { Int($0) },
        requestId: response.value(forHTTPHeaderField: "X-Request-Id") ?? "")
}

/// Returns seconds; nil where sending again would not help, or might do the work twice: a 429 may hide that a code was wrong.
private func pauseAfter(_ error: Error, _ call: Call) -> Int? {
    guard call.repeats == .safely else { return nil }
    guard let refusal = error as? RekeyError else { return error is URLError ? 1 : nil }
    let passes = refusal.status == 429 || refusal.status == 503 || refusal.type == "call-under-way"
    return passes ? refusal.retryAfter : nil
}
