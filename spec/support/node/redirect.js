// Loaded before a Node program (node --require): sends its connections to a simulated cloud and hub, and changes nothing
// else. HOMEY_CONNECT_TO is the same list that homey takes; names below homeylocal.com are at the address they carry.
'use strict';
const dns = require('dns');
const tls = require('tls');

const ways = new Map();
for (const way of process.env.HOMEY_CONNECT_TO.split(',')) {
  const [host, port, toHost, toPort] = way.split(':');
  ways.set(`${host}:${port}`, { host: toHost, port: Number(toPort) });
}

const connect = tls.connect;
tls.connect = (options, ...rest) => {
  const way = ways.get(`${options.host}:${options.port || 443}`);
  if (!way) return connect(options, ...rest);
  return connect({ ...options, ...way, servername: options.servername || options.host }, ...rest);
};

const lookup = dns.lookup;
dns.lookup = (name, options, done) => {
  const callback = done || options;
  const carried = /^(\d+-\d+-\d+-\d+)\.homey\.homeylocal\.com$/.exec(name);
  if (!carried) return lookup(name, options, done);
  const address = carried[1].replace(/-/g, '.');
  return process.nextTick(() => (options.all ? callback(null, [{ address, family: 4 }]) : callback(null, address, 4)));
};
