--- The faults of the simulator that a home must survive: what triggers each, and whether the
--- connection must be cut afterwards, so that no test waits for the core's timeout of ten seconds.
---
--- `by` is the trigger: "read" (a call over HTTP), "link" (a new connection), "set" (a call over
--- the websocket), "tell" (an event), "wait" (a ping, or the expiry of a token).
local rows = {
  { "delay", by = "read", seconds = 0.05 },
  { "drop", by = "read" },
  { "hang", by = "read" },
  { "drop_body", by = "read" },
  { "truncate", by = "read" },
  { "bad_json", by = "read" },
  { "html", by = "read" },
  { "status", by = "read", status = 500 },
  { "status", by = "read", status = 401 },
  { "status", by = "read", status = 404 },
  { "retry_after", by = "read", seconds = 1 },
  { "headers", by = "read", headers = { Date = "" } },
  { "chunked", by = "read", bytes = 3 },
  { "gzip", by = "read" },
  { "deflate", by = "read" },
  { "br", by = "read" },
  { "bomb", by = "read", bytes = 2000000 },
  { "huge", by = "read", bytes = 2000000 },
  { "drip", by = "read", bytes = 50 },
  { "wrong_length", by = "read" },
  { "cut", by = "read", bytes = 30 },
  { "garbage", by = "read" },
  { "close", by = "read" },
  { "silent_close", by = "read" },

  { "drop", by = "link", route = "socket" },
  { "status", by = "link", route = "socket", status = 503 },
  { "drop_body", by = "wait", route = "refresh" },
  { "status", by = "wait", route = "delegation", status = 500 },
  { "drop", by = "wait", route = "hub-login" },

  { "open_missing", by = "link", cut = true },
  { "handshake_refused", by = "link" },
  { "handshake_unanswered", by = "link", cut = true },
  { "handshake_late", by = "link", seconds = 0.1 },
  { "namespace_refused", by = "link" },
  { "namespace_unanswered", by = "link", cut = true },
  { "namespace_kicked", by = "link" },
  { "subscribe_refused", by = "link" },
  { "subscribe_unanswered", by = "link", cut = true },
  { "subscribe_late", by = "link", seconds = 0.1 },
  { "call_refused", by = "set" },
  { "call_unanswered", by = "set" },
  { "call_late", by = "set", seconds = 0.1 },
  { "call_dropped", by = "set" },
  { "pong_missing", by = "wait" },
  { "event_missing", by = "tell", cut = true },
    -- it is known only after the state has been read again
  { "event_twice", by = "tell" },
  { "event_untimed", by = "tell" },
  { "event_huge", by = "tell", bytes = 300000 },
  { "event_late", by = "tell", seconds = 0.1 },
  { "message_fragmented", by = "tell", bytes = 20 },
  { "message_cut", by = "tell" },
  { "message_slow", by = "tell", bytes = 40 },
}

return rows
