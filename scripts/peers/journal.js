/** A journal in SQLite with group commit: what was appended in one turn of the loop is one commit. */

import Database from "better-sqlite3";

export class Journal {
  constructor(file) {
    this.database = new Database(file);
    this.database.pragma("journal_mode = WAL");
    this.database.pragma("synchronous = FULL");
    this.database.exec(
      "CREATE TABLE events (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, team TEXT NOT NULL," +
        " location TEXT NOT NULL, rank INTEGER NOT NULL, points INTEGER NOT NULL)",
    );
    const insert = this.database.prepare(
      "INSERT INTO events (at, team, location, rank, points) VALUES (?, ?, ?, ?, ?)",
    );
    this.save = this.database.transaction((events) => {
      for (const one of events) insert.run(one.at, one.team, one.location, one.rank, one.points);
    });
    this.batch = [];
    this.commit = this.commit.bind(this);
  }

  /** Keep an event for the commit at the end of this turn, when its answers are on their way. */
  append(event) {
    if (this.batch.push(event) === 1) setImmediate(this.commit);
  }

  commit() {
    const events = this.batch;
    this.batch = [];
    if (events.length > 0) this.save(events);
  }

  /** Save what is left, and let go of the file. */
  close() {
    this.commit();
    this.database.close();
  }
}
