// A hub with a socket: npm's socket.io 2.5 over what home.lua wrote. Run where that is installed.
//   node hub.js DIR PORT TLS_PORT    says "ready", then serves until its input ends
// GET /bench/events?device=ID&n=N reports onoff so often; GET /bench/drop breaks every connection, changes onoff of the
// device in ?device=, and GET /bench/accepted tells when the last connection came, in ms since 1970.
'use strict';

const { createRequire } = require('module');
const fs = require('fs');

const [dir, port, tlsPort] = process.argv.slice(2);
const HOMEY_ID = '4c8e1f7a90b25d36e8f10c47';
const AT_ONCE = 50; // events before others get a turn

const read = (name) => fs.readFileSync(`${dir}/${name}`, 'utf8');
const devices = JSON.parse(read('devices.json'));
const lists = { devices: () => JSON.stringify(devices), zones: () => read('zones.json') };
let time = Date.now();
let accepted = 0;
let apis = [];
let servers = [];

// A home that has nothing in it, for whoever comes with an API key that says so.
const isEmpty = (token) => (token || '').includes('00000000-');

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

const bench = {
  '/bench/events': (query) => { report(query.get('device'), Number(query.get('n'))); return 'true'; },
  '/bench/drop': (query) => { drop(query.get('device')); return 'true'; },
  '/bench/accepted': () => String(accepted),
};

const known = {
  '/api/manager/system/ping': () => 'true',
  '/api/manager/system/name': () => '"Bench"',
  '/api/manager/sessions/session/me': () => read('session.json'),
  '/api/manager/devices/device': (_, req) => (isEmpty(req.headers.authorization) ? '{}' : lists.devices()),
  '/api/manager/zones/zone': (_, req) => (isEmpty(req.headers.authorization) ? '{}' : lists.zones()),
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
  getDevices: (_, empty) => (empty ? {} : devices),
  getDevice: ({ id }) => devices[id],
  getZones: (_, empty) => (empty ? {} : JSON.parse(lists.zones())),
  setCapabilityValue: ({ deviceId, value, transactionId }) => change(deviceId, value, transactionId),
};

function speak(server) {
  const io = createRequire(`${process.cwd()}/`)('socket.io')(server, {
    pingInterval: 5000, pingTimeout: 8000, serveClient: false, perMessageDeflate: false, maxHttpBufferSize: 1e8,
  });
  io.on('connection', (socket) => {
    accepted = Date.now();
    socket.on('handshakeClient', ({ token }, ack) => {
      socket.client.empty = isEmpty(token);
      ack(null, { namespace: '/api' });
    });
  });
  const api = io.of('/api');
  api.on('connection', (socket) => {
    socket.on('subscribe', (uri, ack) => { socket.join(uri); ack(null); });
    socket.on('unsubscribe', (uri) => socket.leave(uri));
    socket.on('api', ({ operation, args }, ack) => {
      const run = operations[operation];
      return run ? ack(null, run(args, socket.client.empty)) : ack({ statusCode: 404, error: 'not_found' });
    });
  });
  apis.push(api);
  servers.push(io);
}

function listen(server, at) {
  speak(server);
  return new Promise((done) => { server.listen(at, '127.0.0.1', 2048, done); });
}

async function main() {
  const options = { keepAliveTimeout: 3600000 };
  await listen(require('http').createServer(options, serve), port);
  await listen(require('https').createServer({ ...options, cert: read('hub.crt'), key: read('hub.key') }, serve), tlsPort);
  console.log('ready');
}

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
main();
