/** The peer on Colyseus: one room for the hunt, a claim and its answer are messages of the room. */

import { createServer } from "node:http";
import { Room, Server } from "@colyseus/core";
import { WebSocketTransport } from "@colyseus/ws-transport";
import { announce, hunt } from "./options.js";

const SEAT_S = 120; // All teams have a seat before the first one takes it.

const game = await hunt();

class HuntRoom extends Room {
  onCreate() {
    this.maxClients = Infinity;
    this.autoDispose = false;
    this.setSeatReservationTime(SEAT_S);
    this.setPatchRate(null); // There is no shared state: nothing to look through for changes.
    this.onMessage("claim", (client, claim) => {
      client.send("answer", { n: claim.n, ...game.claim(client.userData, claim) });
    });
  }

  onJoin(client, options) {
    client.userData = game.team(String(options.code));
  }
}

const http = createServer();
const transport = new WebSocketTransport({ server: http });
const server = new Server({ transport, greet: false, gracefullyShutdown: false });
server.define("hunt", HuntRoom);
await server.listen(0, "127.0.0.1", 4096);
announce("Colyseus", http.address().port);
