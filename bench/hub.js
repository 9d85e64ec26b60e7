// A hub with a socket: npm's socket.io 2.5 over what home.lua wrote. Run where that is installed.
//   node hub.js DIR PORT TLS_PORT ACCOUNTS_PORT API_PORT    says "ready", then serves until its input ends
// GET /bench/events?device=ID&n=N reports onoff so often; GET /bench/drop breaks every connection, changes onoff of the
// device in ?device=, and GET /bench/accepted tells when the last connection came, in ms since 1970.
// For homes.lua: GET /bench/rain?kind=K&rate=R&count=N reports onoff so often, R times in a second, to the homes
// in turn whose keys begin with the digit K;
// GET /bench/away?ms=MS breaks every connection, and those that come in that time; GET /bench/most tells the most that
// came in one second since then; GET /bench/ping?ms=MS sets the interval of pings for new connections.
// The last two ports are a cloud, for a login by e-mail and password; GET /bench/cloud tells the most connections that
// were open to it at once.
'use strict';

const { createRequire } = require('module');
const fs = require('fs');

const [dir, port, tlsPort, accountsPort, apiPort] = process.argv.slice(2);
const HOMEY_ID = '4c8e1f7a90b25d36e8f10c47';
const AT_ONCE = 50; // events before others get a turn

const read = (name) => fs.readFileSync(`${dir}/${name}`, 'utf8');
const devices = JSON.parse(read('devices.json'));
let time = Date.now();
let accepted = 0;
let apis = [];
let servers = [];
const first = Object.keys(devices)[0];

// A home that has nothing in it, or one device, for whoever comes with an API key that says so.
const isEmpty = (token) => /^(Bearer )?0{8}-/.test(token);
const hasOne = (token) => /^(Bearer )?([1-9])\2{7}-/.test(token);

function devicesFor(token) {
  if (isEmpty(token)) return {};
  return hasOne(token) ? { [first]: devices[first] } : devices;
}

function tick() {
  time = Math.max(time + 1, Date.now());
  return time;
}

function change(id, value, transactionId) {
  const event = { capabilityId: 'onoff', value, transactionId, transactionTime: tick() };
  Object.assign(devices[id].capabilitiesObj.onoff, { value, lastUpdated: new Date(event.transactionTime).toISOString() });
  for (const api of apis) api.to(`homey:device:${id}`).emit(`homey:device:${id}`, 'capability', event);
  return event;
}

async function report(id, n) {
  for (let i = 0; i < n; i++) {
    change(id, i % 2 === 0, `bench-${i}`);
    if (i % AT_ONCE === 0) await new Promise(setImmediate);
  }
}

function drop(id) {
  const onoff = devices[id].capabilitiesObj.onoff;
  for (const io of servers) for (const socket of Object.values(io.of('/').connected)) socket.conn.close();
  Object.assign(onoff, { value: !onoff.value, lastUpdated: new Date(tick()).toISOString() });
}

// Spread over the second, whatever the number of homes. Each event of a home is a change.
const turns = {};

function rain(kind, rate, count) {
  const sockets = apis.flatMap((api) => Object.values(api.connected)).filter(({ client }) => (client.token || '').startsWith(kind));
  const earlier = turns[kind] || 0;
  const began = Date.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.min(count, Math.floor((Date.now() - began) * rate / 1000));
    for (; sent < due; sent++) {
      const value = (earlier + Math.floor(sent / sockets.length)) % 2 === 0;
      const event = { capabilityId: 'onoff', value, transactionId: `bench-${sent}`, transactionTime: tick() };
      sockets[sent % sockets.length].emit(`homey:device:${first}`, 'capability', event);
    }
    if (sent < count) return;
    clearInterval(timer);
    turns[kind] = earlier + Math.ceil(count / sockets.length);
  }, 1);
}

const open = new Set();
let backAt = 0;
let arrivals = {};

function arrive(socket) {
  const second = Math.floor(Date.now() / 1000);
  arrivals[second] = (arrivals[second] || 0) + 1;
  if (Date.now() < backAt) {
    socket.destroy();
    return;
  }
  open.add(socket);
  socket.on('close', () => open.delete(socket));
}

// After the answer has left.
function away(ms) {
  setTimeout(() => {
    arrivals = {};
    backAt = Date.now() + ms;
    for (const socket of open) socket.destroy();
  }, 100);
}

let cloudOpen = 0;
let cloudMost = 0;

const bench = {
  '/bench/events': (query) => { report(query.get('device'), Number(query.get('n'))); return 'true'; },
  '/bench/drop': (query) => { drop(query.get('device')); return 'true'; },
  '/bench/accepted': () => String(accepted),
  '/bench/rain': (query) => { rain(query.get('kind'), Number(query.get('rate')), Number(query.get('count'))); return 'true'; },
  '/bench/away': (query) => { away(Number(query.get('ms'))); return 'true'; },
  '/bench/most': () => String(Math.max(0, ...Object.values(arrivals))),
  '/bench/ping': (query) => { for (const io of servers) io.engine.pingInterval = Number(query.get('ms')); return 'true'; },
  '/bench/cloud': () => String(cloudMost),
};

const known = {
  '/api/manager/system/ping': () => 'true',
  '/api/manager/system/name': () => '"Bench"',
  '/api/manager/sessions/session/me': () => read('session.json'),
  '/api/manager/users/login': () => '"00000000-bearer"',
  '/api/manager/devices/device': (_, req) => JSON.stringify(devicesFor(req.headers.authorization)),
  '/api/manager/zones/zone': (_, req) => (isEmpty(req.headers.authorization) ? '{}' : read('zones.json')),
};

function one(path) {
  const id = /^\/api\/manager\/devices\/device\/([-0-9a-f]+)$/.exec(path);
  return id && JSON.stringify(devices[id[1]]);
}

function serve(req, res) {
  const url = new URL(req.url, 'http://hub');
  const path = url.pathname.replace(/\/$/, '');
  const body = (known[path] || bench[path] || (() => one(path)))(url.searchParams, req);
  res.writeHead(body ? 200 : 404, { 'Content-Type': 'application/json', 'X-Homey-ID': HOMEY_ID });
  res.end(body || '{"error":"not_found"}');
}

const operations = {
  getDevices: (_, token) => devicesFor(token),
  getDevice: ({ id }) => devices[id],
  getZones: (_, token) => (isEmpty(token) ? {} : JSON.parse(read('zones.json'))),
  setCapabilityValue: ({ deviceId, value, transactionId }) => change(deviceId, value, transactionId),
};

function speak(server) {
  const io = createRequire(`${process.cwd()}/`)('socket.io')(server, {
    pingInterval: 5000, pingTimeout: 8000, serveClient: false, perMessageDeflate: false, maxHttpBufferSize: 1e8,
  });
  io.on('connection', (socket) => {
    accepted = Date.now();
    socket.on('handshakeClient', ({ token }, ack) => {
      socket.client.token = token;
      ack(null, { namespace: '/api' });
    });
  });
  const api = io.of('/api');
  api.on('connection', (socket) => {
    socket.on('subscribe', (uri, ack) => { socket.join(uri); ack(null); });
    socket.on('unsubscribe', (uri) => socket.leave(uri));
    socket.on('api', ({ operation, args }, ack) => {
      const run = operations[operation];
      return run ? ack(null, run(args, socket.client.token)) : ack({ statusCode: 404, error: 'not_found' });
    });
  });
  apis.push(api);
  servers.push(io);
}

// ---- the cloud ----

const part = (json) => Buffer.from(JSON.stringify(json)).toString('base64url');
const jwt = `${part({ alg: 'HS256' })}.${part({ user: 'user' })}.signature`;
const tokens = { access_token: 'access', refresh_token: 'refresh', token_type: 'bearer', expires_in: 3660 };
const cloud = {
  '/login': () => ({ token: jwt }),
  '/oauth2/token': () => tokens,
  '/user/me': () => ({ _id: 'user', homeys: [{ _id: HOMEY_ID, name: 'Bench', apiVersion: 3 }] }),
  '/delegation/token': () => jwt,
};

function serveCloud(req, res) {
  const url = new URL(req.url.replace(/^\/+/, '/'), 'http://cloud');
  const to = url.searchParams.get('redirect_uri');
  const answer = cloud[url.pathname];
  if (to) res.writeHead(302, { Location: `${to}?code=0123456789abcdef0123456789abcdef01234567` });
  else res.writeHead(answer ? 200 : 404, { 'Content-Type': 'application/json' });
  res.end(!to && answer ? JSON.stringify(answer()) : '');
}

function countCloud(socket) {
  cloudOpen++;
  cloudMost = Math.max(cloudMost, cloudOpen);
  socket.on('close', () => { cloudOpen--; });
}

function listen(server, at) {
  return new Promise((done) => { server.listen(at, '127.0.0.1', 2048, done); });
}

async function main() {
  const options = { keepAliveTimeout: 3600000 };
  const { createServer } = require('http');
  const secure = require('https').createServer({ ...options, cert: read('hub.crt'), key: read('hub.key') }, serve);
  for (const [server, at] of [[createServer(options, serve), port], [secure, tlsPort]]) {
    server.on('connection', arrive);
    speak(server);
    await listen(server, at);
  }
  for (const at of [accountsPort, apiPort]) {
    await listen(createServer(options, serveCloud).on('connection', countCloud), at);
  }
  console.log('ready');
}

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
main();
