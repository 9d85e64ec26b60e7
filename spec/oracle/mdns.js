// Publishes hubs by npm's bonjour-service, and answers their pings, until the input ends.
//   mdns.js ADDRESS
'use strict';

const { Bonjour } = require('bonjour-service');
const http = require('http');

const id = '5d9f2e8b01c36e47f9a21d57';
const bonjour = new Bonjour();

http.createServer((request, response) => {
  response.writeHead(200, { 'X-Homey-ID': id, 'X-Homey-Version': '12.4.1' });
  response.end('true');
}).listen(8080, process.argv[2], () => {
  const published = [
    { name: 'Sunny. house', type: 'homey', port: 8080, host: 'homey-1.local', txt: { id, name: 'Sunny höuse', model: 'Homey Pro', version: '12.4.0' } },
    { name: 'old', type: 'athom', port: 80, host: 'homey-1.local', txt: { name: 'Old hub' } },
    { name: 'printer', type: 'ipp', port: 631, host: 'homey-1.local' },
  ].map((each) => bonjour.publish({ disableIPv6: true, probe: false, ...each }));
  let up = 0;
  published.forEach((each) => each.on('up', () => { up += 1; if (up === published.length) console.log('ready'); }));
});
process.stdin.on('end', () => process.exit(0)).resume();
