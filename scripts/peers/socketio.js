/** The peer on Socket.IO: a claim is an event, its answer the acknowledgement. Websockets only. */

import { createServer } from "node:http";
import { Server } from "socket.io";
import { announce, hunt } from "./options.js";

const game = await hunt();
const http = createServer();
const io = new Server(http, { transports: ["websocket"], serveClient: false });

io.on("connection", (socket) => {
  const team = game.team(String(socket.handshake.auth.code));
  socket.on("claim", (claim, answer) => answer(game.claim(team, claim)));
});

http.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => {
  announce("Socket.IO", http.address().port);
});
