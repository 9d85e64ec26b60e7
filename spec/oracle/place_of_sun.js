// Where the sun is, as npm's astronomy-engine and suncalc have it, for place_of_sun_spec.lua.
//
//   node place_of_sun.js SEED COUNT   a line for each moment at a place: TIME LATITUDE LONGITUDE, then for each library the height
//                                     and the direction of the sun in degrees
'use strict'

const [seed, count] = process.argv.slice(2)

let state = Number(seed) >>> 0

function random() { // mulberry32
  state = (state + 0x6D2B79F5) >>> 0
  let t = state
  t = Math.imul(t ^ (t >>> 15), t | 1)
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}

function byAstronomy(Astronomy, at, latitude, longitude) {
  const observer = new Astronomy.Observer(latitude, longitude, 0), time = Astronomy.MakeTime(new Date(at * 1000))
  const sky = Astronomy.Equator('Sun', time, observer, true, true)
  const place = Astronomy.Horizon(time, observer, sky.ra, sky.dec, null)
  return [place.altitude, place.azimuth]
}

const degrees = radians => radians * 180 / Math.PI

// suncalc 2 answers degrees, from north
function bySuncalc(suncalc, at, latitude, longitude) {
  const place = suncalc.getPosition(new Date(at * 1000), latitude, longitude)
  return [place.altitude, place.azimuth]
}

async function main() {
  const Astronomy = require('astronomy-engine')
  const imported = await import(require.resolve('suncalc'))
  const suncalc = imported.default || imported
  for (let i = 0; i < count; i++) {
    const longitude = Math.round((random() * 360 - 180) * 100) / 100
    const latitude = Math.round((random() * 178 - 89) * 100) / 100
    const place = [Math.floor((-3652 + random() * 45000) * 86400), latitude, longitude] // 1960 to 2083
    console.log([...place, ...byAstronomy(Astronomy, ...place), ...bySuncalc(suncalc, ...place)].join(' '))
  }
}

main()
