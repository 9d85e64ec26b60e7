// The vendor's client, homey-api, doing what a user of it does. Run where it is installed, with redirect.js.
//   node vendor.js code CODE CLIENT-ID CLIENT-SECRET REDIRECT-URL     logs in through the cloud
//   node vendor.js token ADDRESS TOKEN                                with an API key
// Says what happens, a line each, and does what it is told, a line each: list, watch ID, set ID true, wrong ID.
'use strict';
const { createRequire } = require('module');
const readline = require('readline');
const { AthomCloudAPI, HomeyAPI } = createRequire(`${process.cwd()}/`)('homey-api');

const say = (...words) => console.log(words.join(' '));

const logins = {
  code: async (code, clientId, clientSecret, redirectUrl) => {
    const cloud = new AthomCloudAPI({ clientId, clientSecret, redirectUrl });
    await cloud.authenticateWithAuthorizationCode({ code });
    const user = await cloud.getAuthenticatedUser();
    const homey = await user.getFirstHomey();
    return homey.authenticate();
  },
  token: (address, token) => HomeyAPI.createLocalAPI({ address, token }),
};

const jobs = {
  list: async (homey) => {
    const devices = Object.values(await homey.devices.getDevices());
    const zones = Object.values(await homey.zones.getZones());
    say('listed', devices.length, zones.length);
  },
  watch: async (homey, id) => {
    await homey.devices.connect();
    homey.devices.on('device.update', (device) => say('updated', device.name));
    const device = await homey.devices.getDevice({ id });
    await device.makeCapabilityInstance('onoff', (value) => say('event', value));
    say('watching', homey.isConnected());
  },
  set: async (homey, id, value) => {
    await homey.devices.setCapabilityValue({ deviceId: id, capabilityId: 'onoff', value: value === 'true' });
    say('set', value);
  },
  wrong: async (homey, id) => {
    await homey.devices.setCapabilityValue({ deviceId: id, capabilityId: 'onoff', value: 3 })
      .catch((error) => say('refused', error.statusCode || error.code));
  },
};

async function main() {
  const [how, ...rest] = process.argv.slice(2);
  const homey = await logins[how](...rest);
  say('login', homey.id);
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [job, ...words] = line.split(' ');
    await jobs[job](homey, ...words);
  }
  process.exit(0);
}

main().catch((error) => {
  say('failed', error.stack);
  process.exit(1);
});
