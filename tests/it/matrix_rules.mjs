// Who may do what, said once more and independently of the server: the table that matrix.test.mjs holds against it.
//
// A user has a role on the server and a relation to a room; a room has a kind and may be archived. A refusal names one reason that
// holds; when several hold, any of them will do, but for two that hide all others: a room one may not know of is not found, whoever is
// banned is told only that.

export const ROLES = ["guest", "member", "mod", "admin", "owner"];
// Of "room-owner" there is one a room.
export const RELATIONS = ["never", "left", "kicked", "banned", "member", "muted", "room-mod", "room-admin"];
export const ROOMS = [
    { name: "public", kind: "public" },
    { name: "private", kind: "private" },
    { name: "public-archived", kind: "public", archived: true },
    { name: "private-archived", kind: "private", archived: true },
    { name: "dm", kind: "dm" },
];

const rank = (role) => ROLES.indexOf(role);
const IN_ROOM = { member: "member", muted: "member", "room-mod": "mod", "room-admin": "admin", "room-owner": "owner" };

export const isMember = (user) => user.relation in IN_ROOM;

// What counts in a room: in public rooms the server's role, too; elsewhere the room's alone, whatever one is on the server.
export function rankIn(room, user) {
    const own = isMember(user) ? rank(IN_ROOM[user.relation]) : rank("guest");
    return room.kind === "public" ? Math.max(own, rank(user.role)) : own;
}

// Does the room exist for this user?
export const isVisible = (room, user) => room.kind === "public" || isMember(user);

const needsMember = (room, user) => !isMember(user) && "forbidden";
const needsOpen = (room) => Boolean(room.archived) && "archived";
const needsVoice = (room, user) => user.relation === "muted" && "muted";
// target: who it is done to. Nobody moderates a conversation of two.
const needsPower = (least) => (room, user, target) =>
    (room.kind === "dm" || rankIn(room, user) < rank(least) || (target && rankIn(room, user) <= rankIn(room, target))) && "forbidden";
// Members let others in, but guests of the server do not, and nobody makes three of two.
const mayInvite = (room, user) => (room.kind === "dm" || user.role === "guest" || !isMember(user)) && "forbidden";
const never = () => "forbidden";

// action -> the reasons that can stand against it. TARGETS says whom the action is about.
export const RULES = {
    history: [], sync: [], "room.members": [], search: [], rest: [], files: [],
    read: [needsMember],
    draft: [needsMember],
    "draft, asked for": [needsMember],
    "read, marked unread": [needsMember],
    notify: [needsMember],
    send: [needsMember, needsOpen, needsVoice],
    upload: [needsMember, needsOpen, needsVoice],
    typing: [needsMember, needsOpen, needsVoice],
    react: [needsMember, needsOpen, needsVoice],
    "edit own": [needsMember, needsOpen, needsVoice],
    "edit pawn's": [never, needsMember, needsOpen, needsVoice],
    // Taking back is no speaking.
    "delete own": [needsMember, needsOpen],
    "delete pawn's": [needsPower("mod"), needsOpen],
    "delete founder's": [never, needsOpen],
    "room.invite pawn": [mayInvite, needsOpen],
    // Who has blocked them all is let in by none of them.
    "room.invite recluse": [never, mayInvite, needsOpen],
    "room.invite link": [mayInvite, needsOpen],
    // An archive is read-only, but for what ends that, for leaving it, and for looking after invitations.
    "room.invites": [needsPower("mod")],
    "room.bans": [needsPower("mod")],
    report: [(room, user) => room.kind === "dm" && "forbidden", needsMember],
    "report own": [never],
    reports: [needsPower("mod")],
    "report.close": [needsPower("mod")],
    "room.revoke": [needsPower("mod")],
    "room.kick pawn": [needsPower("mod"), needsOpen],
    "room.kick founder": [never, needsOpen],
    "room.ban pawn": [needsPower("mod"), needsOpen],
    "room.ban founder": [never, needsOpen],
    "room.mute pawn": [needsPower("mod"), needsOpen],
    "room.mute founder": [never, needsOpen],
    "room.role pawn": [needsPower("admin"), needsOpen],
    "room.role founder": [never, needsOpen],
    "room.role self": [never, needsOpen],
    "room.update topic": [needsPower("admin"), needsOpen],
    "room.update archived": [needsPower("admin")],
    "room.update slow": [needsPower("mod"), needsOpen],
    "room.join": [(room, user) => !isMember(user) && needsOpen(room)],
    "room.join by name": [(room, user) => !isMember(user) && needsOpen(room)],
    "room.leave": [],
};

// What is to be answered: ["ok"], or the codes of which one has to come.
export function expected(action, room, user, target) {
    if (!isVisible(room, user)) return ["not_found"];
    if (user.relation === "banned") return ["banned"];
    const reasons = RULES[action].map((rule) => rule(room, user, target)).filter(Boolean);
    return reasons.length > 0 ? [...new Set(reasons)] : ["ok"];
}
