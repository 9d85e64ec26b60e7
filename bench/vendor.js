// The vendor's npm client, homey-api, doing what homey does. Run where it is installed.
//   node vendor.js ADDRESS TOKEN IDS    reads lines "set N", "parallel N", "list N", and for a hub with a socket "listen 1",
//                                       "events N"; answers each with the CPU and wall microseconds that it took
//   node vendor.js ADDRESS TOKEN IDS once    switches the first device and ends
'use strict';

const { createRequire } = require('module');
const { HomeyAPI } = createRequire(`${process.cwd()}/`)('homey-api');
const fs = require('fs');
const readline = require('readline');

const [address, token, idsFile, once] = process.argv.slice(2);
const ids = fs.readFileSync(idsFile, 'utf8').trim().split('\n');
const onoff = { capabilityId: 'onoff', value: true };

async function times(n, work) {
  for (let i = 0; i < n; i++) await work();
}

const jobs = {
  set: (homey) => homey.devices.setCapabilityValue({ deviceId: ids[0], ...onoff }),
  parallel: (homey) =>
    Promise.all(ids.map((deviceId) => homey.devices.setCapabilityValue({ deviceId, ...onoff }))),
  list: (homey) => homey.devices.getDevices(),
};

let heard = () => {};

const whole = {
  async listen(homey) {
    const device = await homey.devices.getDevice({ id: ids[0] });
    device.makeCapabilityInstance('onoff', () => heard());
    await device.connect();
    await new Promise((done) => { setTimeout(done, 1000); });
  },
  events(homey, n) {
    return new Promise((done, failed) => {
      let left = n;
      heard = () => { if (--left === 0) done(); };
      fetch(`${address}/bench/events?device=${ids[0]}&n=${n}`).catch(failed);
    });
  },
};

async function measure(homey, line) {
  const [job, n] = line.split(' ');
  const cpu = process.cpuUsage();
  const wall = process.hrtime.bigint();
  await (whole[job] ? whole[job](homey, Number(n)) : times(Number(n), () => jobs[job](homey)));
  const spent = process.cpuUsage(cpu);
  console.log(`${spent.user + spent.system} ${(process.hrtime.bigint() - wall) / 1000n}`);
}

async function main() {
  const homey = await HomeyAPI.createLocalAPI({ address, token });
  if (once) {
    await jobs.set(homey);
    process.exit(0); // its idle sockets would keep it alive
  }
  for await (const line of readline.createInterface({ input: process.stdin })) await measure(homey, line);
  process.exit(0);
}

main().catch((error) => {
  console.error(`vendor: ${error.stack}`);
  process.exit(1);
});
