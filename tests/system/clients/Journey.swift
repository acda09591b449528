// The whole journey by the Swift client, against the edge of the first argument. It asks its test for what a mail holds: it prints
// `code ADDRESS` or `link ADDRESS`, and reads a line. A claim that does not hold ends it with an error.
import Foundation

struct Broken: Error {
    let claim: String
    let line: Int
}

func claim(_ holds: Bool, _ claim: String = "", line: Int = #line) throws {
    guard holds else { throw Broken(claim: claim, line: line) }
}

func ask(_ what: String, _ email: String) throws -> String {
    print(what, email)
    fflush(nil)
    guard let line = readLine() else { throw Broken(claim: "an answer on standard input", line: #line) }
    return line
}

@discardableResult
func expectRefusal(_ type: String, _ reason: String? = nil, line: Int = #line, _ call: () async throws -> Void) async throws -> RekeyError {
    do {
        try await call()
    } catch let refusal as RekeyError {
        try claim(refusal.type == type && refusal.fields.first?.reason == reason, "\(refusal), not \(type)", line: line)
        return refusal
    }
    throw Broken(claim: "not refused: \(type)", line: line)
}

/// What the client gave to store.
final class Store: @unchecked Sendable {
    private let lock = NSLock()
    private var stored: [String?] = []
    func add(_ text: String?) { lock.withLock { stored.append(text) } }
    var all: [String?] { lock.withLock { stored } }
}

@main
struct Journey {
    let edge: String
    let email: String
    let tokens = Store()
    let devices = Store()
    let rekey: Rekey

    init(edge: String, email: String) {
        let (tokens, devices) = (tokens, devices)
        (self.edge, self.email) = (edge, email)
        rekey = Rekey(base: edge, onToken: { tokens.add($0) }, onDevice: { devices.add($0) })
    }

    static func main() async throws {
        let words = CommandLine.arguments
        let journey = Journey(edge: words[1], email: words[2] + "@example.com")
        let account = try await journey.rekey.register(username: words[2], email: journey.email, password: words[3])
        try await journey.recoverByCode(account, words[4])
        try await journey.useSessions(words[4], next: words[5])
        try await journey.recoverByLink(words[3])
        try await journey.readRefusal()
        print("done")
    }

    func recoverByCode(_ account: NewUser, _ password: String) async throws {
        let recoveryId = try await rekey.forgotPassword(email: email)
        let code = try ask("code", email)
        try await expectRefusal("bad-token") { try await rekey.checkRecoveryCode(recoveryId: recoveryId, code: code == "00000000" ? "00000001" : "00000000") }
        try await rekey.checkRecoveryCode(recoveryId: recoveryId, code: code.prefix(4) + " " + code.dropFirst(4))
        try await expectRefusal("password-refused", "common") { try await rekey.resetPassword(recoveryId: recoveryId, code: code, newPassword: "password") }
        try await rekey.resetPassword(recoveryId: recoveryId, code: code, newPassword: password)
        _ = try await rekey.logIn(email: email, password: password)
        let me = try await rekey.me()
        try claim([me.id, me.username, me.email] == [account.id, account.username, account.email])
        try claim(!devices.all.isEmpty && devices.all.allSatisfy { $0?.count == 72 })
    }

    func useSessions(_ password: String, next: String) async throws {
        let token = await rekey.token
        let renewed = try await rekey.renewToken()
        let kept = await rekey.token
        try claim(renewed.accessToken != token && kept == renewed.accessToken)
        let others = [Rekey(base: edge), Rekey(base: edge)]
        for other in others { _ = try await other.logIn(email: email, password: password) }
        let list = try await rekey.sessions()
        try claim(list.count == 3 && list[0].current && list.allSatisfy { !$0.expiresAt.isEmpty })
        try await rekey.endSession(id: list[2].id)
        let left = try await rekey.sessions()
        try claim(left.count == 2)
        try await rekey.endOtherSessions()
        for other in others {
            try await expectRefusal("no-session") { _ = try await other.me() }
            let forgotten = await other.token
            try claim(forgotten == nil)
        }
        try await rekey.changePassword(currentPassword: password, newPassword: next)
        try await expectRefusal("wrong-password") { try await rekey.changePassword(currentPassword: password, newPassword: next) }
        try await rekey.logout()
        try claim(tokens.all.count == 3 && tokens.all[2] == nil)
    }

    func recoverByLink(_ password: String) async throws {
        _ = try await rekey.forgotPassword(email: email)
        guard let link = URL(string: try ask("link", email)), let token = Rekey.token(ofLink: link) else { throw Broken(claim: "a link", line: #line) }
        try await rekey.resetPassword(token: token, newPassword: password)
        try await rekey.cancelReset(token: token, email: email) // too late to change anything
        try await expectRefusal("bad-token") { try await rekey.resetPassword(token: token, newPassword: password) }
        _ = try await rekey.logIn(email: email, password: password)
        try claim(Rekey.token(ofLink: URL(string: "https://account.example.com/login")!) == nil)
    }

    func readRefusal() async throws {
        let german = Rekey(base: edge, language: "de")
        let refusal = try await expectRefusal("invalid-fields", "invalid_email") {
            _ = try await german.register(username: "somebody", email: "nobody", password: "a walk in the rain")
        }
        try claim(refusal.fields.map(\.detail) == ["Das ist keine E-Mail-Adresse."] && refusal.requestId.count == 22)
    }
}
