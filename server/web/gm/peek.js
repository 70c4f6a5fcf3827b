/** A short look at another hunt, as a watcher: its title and phase, and goodbye. */

const WAIT_MS = 4000;

/**
 * @param {string} hunt
 * @returns {Promise<Object|null>} The wire's hunt; null when it does not come.
 */
export function peek(hunt) {
  return new Promise((resolve) => {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws`, ["cairn.v1.json"]);
    const end = (outcome) => {
      clearTimeout(timer);
      socket.onclose = socket.onmessage = null;
      socket.close();
      resolve(outcome);
    };
    const timer = setTimeout(() => end(null), WAIT_MS);
    socket.onopen = () => socket.send(JSON.stringify({ t: "watch", hunt }));
    socket.onclose = () => end(null);
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      if (message.t === "welcome") end(message.hunt);
    };
  });
}
