// The vendor's client, homey-api: calls every public method of each manager class, as its own specification names them.
// Run where it is installed, with redirect.js.
//   node operations.js FILE socket|http CODE CLIENT-ID CLIENT-SECRET REDIRECT-URL
// FILE has the arguments, as JSON: {"devices getDevice": {"id": "..."}, ...}. An argument "@Name" stands for the id of an
// item that is made first. Says a line for each method that fails, and then how many were called.
'use strict';
const fs = require('fs');
const { createRequire } = require('module');
const { AthomCloudAPI } = createRequire(`${process.cwd()}/`)('homey-api');
const BaseManager = createRequire(`${process.cwd()}/`)('homey-api/lib/HomeyAPI/HomeyAPIV3/Manager');

const say = (...words) => console.log(words.join(' '));

async function login(code, clientId, clientSecret, redirectUrl) {
  const cloud = new AthomCloudAPI({ clientId, clientSecret, redirectUrl });
  await cloud.authenticateWithAuthorizationCode({ code });
  const user = await cloud.getAuthenticatedUser();
  return (await user.getFirstHomey()).authenticate();
}

// What a class adds to the operations of the specification.
function ownMethods(manager, operations) {
  const names = [];
  let proto = Object.getPrototypeOf(manager);
  while (proto && proto !== BaseManager.prototype) {
    for (const name of Object.getOwnPropertyNames(proto)) {
      const property = Object.getOwnPropertyDescriptor(proto, name);
      if (typeof property.value !== 'function' || name === 'constructor' || name.startsWith('__')) continue;
      if (!operations[name] && !(name in BaseManager.prototype)) names.push(name);
    }
    proto = Object.getPrototypeOf(proto);
  }
  return names;
}

function allMethods(homey) {
  const list = [];
  for (const manager of Object.values(homey.getSpecification().managers)) {
    if (manager.private) continue;
    const operations = manager.operations || {};
    for (const [name, operation] of Object.entries(operations)) {
      if (!operation.private) list.push({ manager, name, method: operation.method.toUpperCase(), path: operation.path });
    }
    for (const name of ownMethods(homey[manager.idCamelCase], operations)) {
      list.push({ manager, name, method: 'POST', path: '/' });
    }
  }
  return list;
}

// Reads first; what deletes last, the longest path first, and the session itself at the very end.
const order = ['GET', 'POST', 'PUT', 'DELETE'];
function compare(a, b) {
  const last = (job) => (job.name === 'deleteSession' ? 1 : 0);
  return last(a) - last(b) || order.indexOf(a.method) - order.indexOf(b.method) || b.path.length - a.path.length;
}

const makers = {
  '@Group': async (homey, args) => (await homey.devices.createGroup(args['devices createGroup'])).id,
  '@PairSession': async (homey, args) => (
    await homey.drivers.createPairSession(JSON.parse(JSON.stringify(args['drivers createPairSession'])))
  ).id,
  '@Session': async (homey) => (await homey.sessions.getSessionMe()).id,
};
const made = {};

async function filled(homey, all, args) {
  const out = {};
  for (const [name, value] of Object.entries(args)) {
    out[name] = value;
    if (makers[value]) {
      made[value] = made[value] || await makers[value](homey, all);
      out[name] = made[value];
    }
  }
  return out;
}

async function call(homey, all, job) {
  const args = all[`${job.manager.id} ${job.name}`];
  if (!args) throw new Error('there are no arguments for it');
  const given = await filled(homey, all, args);
  if (job.name === 'runApp') given.app = Buffer.from('an app');
  const result = await homey[job.manager.idCamelCase][job.name]({ ...given, $cache: false });
  if (job.name.match(/^get[A-Z].*s$/) && result === undefined) throw new Error('there is no result');
}

async function main() {
  const [file, transport, ...credentials] = process.argv.slice(2);
  const all = JSON.parse(fs.readFileSync(file));
  const homey = await login(...credentials);
  say('class', homey.constructor.name);
  if (transport === 'socket') {
    await homey.connect();
    await homey.zones.connect();
  }
  let count = 0;
  for (const job of allMethods(homey).sort(compare)) {
    if (job.manager.id === 'users' && job.name === 'login') continue; // done by the login above
    try {
      await call(homey, all, job);
    } catch (error) {
      say('bad', `${job.manager.id}.${job.name}:`, String(error.message || error).replace(/\s+/g, ' '));
    }
    count += 1;
  }
  say('finished', count);
  process.exit(0);
}

main().catch((error) => {
  say('failed', error.stack);
  process.exit(1);
});
