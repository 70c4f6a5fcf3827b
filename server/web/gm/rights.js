/** Who may do what: the server decides it; here it is only so that nobody is offered in vain. */

const OWNER_ONLY = new Set(["seed", "shed", "invite", "revoke"]);

/**
 * @param {{rights?: string, location?: string}} you
 * @param {string} request The request's `t`.
 * @param {string} [place] The location that it concerns.
 */
export function may(you, request, place) {
  switch (you.rights ?? "owner") {
    case "owner":
      return true;
    case "master":
      return !OWNER_ONLY.has(request);
    case "station":
      return (request === "open" || request === "close") && place === you.location;
    default:
      return false;
  }
}
