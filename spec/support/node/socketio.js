// An independent Socket.IO server with a hub's manners: what the C core must get along with.
//   node socketio.js VERSION [CERT,KEY]
// Prints its port, then serves until its input ends; with a certificate over https.
'use strict';
const fs = require('fs');
const [cert, key] = (process.argv[3] || ',').split(',');
const HUB = '8f6b874c6de09028016dbcdd';

let mode = '';
let io;
const slow = Number(process.env.HOMEY_TEST_SLOW || 1);
const options = { pingInterval: 400, pingTimeout: 5000 * slow, serveClient: false };
// Version 2 keeps the sockets of a namespace in an object, later ones in a map.
const sockets = (nsp) => {
  const { connected, sockets: map } = io.of(nsp);
  return connected ? Object.values(connected) : [...map.values()];
};
const control = {
  drop: () => sockets('/').forEach((s) => s.conn.close()),
  kick: () => sockets('/api').forEach((s) => s.disconnect()),
  deaf: () => { mode = 'deaf'; },
  hearing: () => { mode = ''; },
};

function serve(req, res) {
  const verb = req.url.startsWith('/control/') && req.url.slice(9);
  if (control[verb]) control[verb]();
  res.writeHead(200, { 'Content-Type': 'application/json', 'X-Homey-ID': HUB });
  res.end(req.url.includes('ping') ? 'true' : '{"way":"http"}');
}
const server = cert
  ? require('https').createServer({ cert: fs.readFileSync(cert), key: fs.readFileSync(key) }, serve)
  : require('http').createServer(serve);
io = process.argv[2].startsWith('2')
  ? require('socket.io')(server, options)
  : new (require('socket.io').Server)(server, { ...options, allowEIO3: true });

const allowed = new Set();
io.on('connection', (socket) => {
  socket.on('handshakeClient', ({ token, homeyId }, ack) => {
    if (token !== 'pat' || homeyId !== HUB) return ack({ statusCode: 401, error: 'invalid_token' });
    allowed.add(socket.conn.id);
    ack(null, { namespace: '/api' });
  });
});
io.of('/api').use((socket, next) => (allowed.has(socket.conn.id) ? next() : next(new Error('Unauthorized'))));
io.of('/api').on('connection', (socket) => {
  socket.on('subscribe', (uri, ack) => {
    if (uri.includes('forbidden')) return ack({ statusCode: 403, error: 'forbidden' });
    socket.join(uri);
    ack(null);
  });
  socket.on('unsubscribe', (uri) => socket.leave(uri));
  socket.on('api', ({ operation, uri, args }, ack) => {
    if (mode === 'deaf') return undefined;
    if (operation === 'setCapabilityValue') {
      io.of('/api').to(`homey:device:${args.deviceId}`).emit(`homey:device:${args.deviceId}`, 'capability', {
        capabilityId: args.capabilityId, value: args.value, transactionId: args.transactionId, transactionTime: Date.now(),
      });
      return ack(null, { value: args.value });
    }
    if (operation === 'getBig') return ack(null, 'ü'.repeat(args.size));
    if (operation === 'getBuffer') return ack(null, Buffer.from('abc'));
    if (operation === 'fail') return ack({ statusCode: 404, error: 'not_found', error_description: 'no "such" thing' });
    return ack(null, { operation, uri, args });
  });
});

server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
