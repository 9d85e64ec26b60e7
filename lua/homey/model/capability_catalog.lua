-- Made by mk/tables/capabilities.lua from the tables there: change those and run it.
-- luacheck: no max line length

-- id, type, min, max, step, decimals, units, values, getable, setable; between tabs
local capabilities = [[
alarm_battery	boolean							1	0
alarm_bin_full	boolean							1	0
alarm_bin_missing	boolean							1	0
alarm_cleaning_pad_missing	boolean							1	0
alarm_co	boolean							1	0
alarm_co2	boolean							1	0
alarm_cold	boolean							1	0
alarm_connectivity	boolean							1	0
alarm_contact	boolean							1	0
alarm_door_fault	boolean							1	0
alarm_fire	boolean							1	0
alarm_freeze_risk	boolean							1	0
alarm_gas	boolean							1	0
alarm_generic	boolean							1	0
alarm_heat	boolean							1	0
alarm_light	boolean							1	0
alarm_lost	boolean							1	0
alarm_moisture	boolean							1	0
alarm_motion	boolean							1	0
alarm_night	boolean							1	0
alarm_noise	boolean							1	0
alarm_occupancy	boolean							1	0
alarm_open	boolean							1	0
alarm_pm01	boolean							1	0
alarm_pm1	boolean							1	0
alarm_pm10	boolean							1	0
alarm_pm25	boolean							1	0
alarm_power	boolean							1	0
alarm_presence	boolean							1	0
alarm_problem	boolean							1	0
alarm_pump_device	boolean							1	0
alarm_pump_supply	boolean							1	0
alarm_rain	boolean							1	0
alarm_running	boolean							1	0
alarm_safety	boolean							1	0
alarm_smoke	boolean							1	0
alarm_stuck	boolean							1	0
alarm_tamper	boolean							1	0
alarm_tank_empty	boolean							1	0
alarm_tank_missing	boolean							1	0
alarm_tank_open	boolean							1	0
alarm_vibration	boolean							1	0
alarm_water	boolean							1	0
audio_output	enum						hdmi_1|hdmi_2|hdmi_3|line_out|optical|usb	1	1
battery_charging_state	enum						charging|discharging|idle	1	0
button	boolean							0	1
channel_down	boolean							0	1
channel_up	boolean							0	1
cooking_time	number	0	86400		0	s		1	1
dim	number	0	1		2	%		1	1
dishwasher_program	enum						normal|heavy|light	1	0
docked	boolean							1	0
ev_charging_state	enum						plugged_in_charging|plugged_in_discharging|plugged_in_paused|plugged_in|plugged_out	1	0
evcharger_charging	boolean							1	1
evcharger_charging_state	enum						plugged_in_charging|plugged_in_discharging|plugged_in_paused|plugged_in|plugged_out	1	0
fan_mode	enum						auto|on|off	1	1
fan_speed	number	0	1		2	%		1	1
garagedoor_closed	boolean							1	1
heater_operation_mode	enum						eco|electric|performance|high_demand|heat_pump|gas|off	1	1
homealarm_state	enum						armed|disarmed|partially_armed	1	1
hot_water_mode	enum						on|off|eco	1	1
laundry_dryer_dryness	enum						low|normal|extra|max	1	1
laundry_washer_cycles	enum						none|normal|extra|max	1	1
laundry_washer_program	enum						normal|auto|quick|heavy|whites	1	0
laundry_washer_speed	enum						low|medium|high	1	1
level_aqi	enum						good|fair|moderate|poor|very_poor|extremely_poor	1	0
level_carbon_filter	enum						ok|warning|critical	1	0
level_ch2o	enum						low|medium|high|critical	1	0
level_co	enum						low|medium|high|critical	1	0
level_co2	enum						low|medium|high|critical	1	0
level_hepa_filter	enum						ok|warning|critical	1	0
level_nox	enum						low|medium|high|critical	1	0
level_o3	enum						low|medium|high|critical	1	0
level_pm01	enum						low|medium|high|critical	1	0
level_pm1	enum						low|medium|high|critical	1	0
level_pm10	enum						low|medium|high|critical	1	0
level_pm25	enum						low|medium|high|critical	1	0
level_radon	enum						low|medium|high|critical	1	0
level_so2	enum						low|medium|high|critical	1	0
level_tvoc	enum						low|medium|high|critical	1	0
light_hue	number	0	1		2			1	1
light_mode	enum						color|temperature	1	1
light_saturation	number	0	1		2			1	1
light_temperature	number	0	1		2			1	1
lock_mode	enum						always_locked|always_unlocked|locked_until_unlock	1	1
locked	boolean							1	1
measure_aqi	number	0	500					1	0
measure_battery	number	0	100		2	%		1	0
measure_carbon_filter	number	0	100			%		1	0
measure_ch2o	number				2	μg/m³		1	0
measure_co	number				2	ppm		1	0
measure_co2	number				2	ppm		1	0
measure_content_volume	number				2	L		1	0
measure_current	number				2	A		1	0
measure_data_rate	number				0	b/s		1	0
measure_data_size	number				0	bytes		1	0
measure_distance	number				2	m		1	0
measure_frequency	number				2	Hz		1	0
measure_gust_angle	number				2	°		1	0
measure_gust_strength	number				2	km/h		1	0
measure_hepa_filter	number	0	100			%		1	0
measure_humidity	number				2	%		1	0
measure_luminance	number				2	lx		1	0
measure_moisture	number	0	100		2	%		1	0
measure_monetary	number				2	€		1	0
measure_noise	number				2	dB		1	0
measure_nox	number				2	μg/m³		1	0
measure_o3	number				2	μg/m³		1	0
measure_odor	number				0	OU		1	0
measure_ph	number				2			1	0
measure_pm01	number				2	μg/m³		1	0
measure_pm1	number				2	μg/m³		1	0
measure_pm10	number				2	μg/m³		1	0
measure_pm25	number				2	μg/m³		1	0
measure_power	number				2	W		1	0
measure_pressure	number				0	mbar		1	0
measure_radon	number				2	Bq/m³		1	0
measure_rain	number				2	mm		1	0
measure_rain_intensity	number				2	mm/h		1	0
measure_rotation	number				1	°		1	0
measure_signal_strength	number				2	dB		1	0
measure_so2	number				2	μg/m³		1	0
measure_speed	number				2	m/s		1	0
measure_temperature	number				1	°C		1	0
measure_tvoc	number				2	μg/m³		1	0
measure_tvoc_index	number							1	0
measure_ultraviolet	number				2	UVI		1	0
measure_voltage	number				2	V		1	0
measure_water	number				2	L/min		1	0
measure_weight	number				2	g		1	0
measure_wind_angle	number				2	°		1	0
measure_wind_strength	number				2	km/h		1	0
media_input	enum						hdmi_1|hdmi_2|hdmi_3|usb_1|usb_2|component	1	1
meter_gas	number	0			3	m³		1	0
meter_power	number				3	kWh		1	0
meter_rain	number				2	m³		1	0
meter_water	number	0			3	m³		1	0
microwave_mode	enum						normal|defrost|reheat	1	1
mower_state	enum						mowing|docked|paused|error	1	1
onoff	boolean							1	1
operational_state	enum						stopped|running|paused|error	1	0
oscillating	boolean							1	1
oven_mode	enum						bake|convection|grill|roast|clean|convection_bake|convection_roast|warming|proofing|steam	1	1
power_boost	boolean							1	1
power_level	number	0	1		2	%		1	1
progress	number	0	100		2	%		1	0
pump_mode	enum						constant_pressure|compensated_pressure|constant_flow|constant_speed|constant_temperature|automatic	1	1
pump_setpoint	number	0	1		2	%		1	1
refrigerator_mode	enum						normal|rapid_cooling|rapid_freezing	1	1
speaker_album	string							1	0
speaker_artist	string							1	0
speaker_duration	number							1	0
speaker_next	boolean							0	1
speaker_playing	boolean							1	1
speaker_position	number							1	0
speaker_prev	boolean							0	1
speaker_repeat	enum						none|track|playlist	1	1
speaker_shuffle	boolean							1	1
speaker_stop	boolean							0	1
speaker_track	string							1	0
swing_mode	enum						vertical|horizontal|both	1	1
target_humidity	number	0	1		2	%		1	1
target_humidity_max	number	0	1		2	%		1	1
target_humidity_min	number	0	1		2	%		1	1
target_power	number	-25000	25000	1	0	W		1	1
target_power_mode	enum						device|homey	1	1
target_temperature	number	4	35		1	°C		1	1
target_temperature_level	enum						low|medium|high	1	1
target_temperature_max	number	4	35		2	°C		1	1
target_temperature_min	number	4	35		2	°C		1	1
thermostat_mode	enum						auto|heat|cool|off	1	1
vacuumcleaner_job_mode	enum						off|normal|high|turbo|mop|auto	1	1
vacuumcleaner_state	enum						cleaning|spot_cleaning|docked|charging|stopped	1	1
valve_position	number	0	1		2	%		1	1
volume_down	boolean							0	1
volume_mute	boolean							1	1
volume_set	number	0	1		2	%		1	1
volume_up	boolean							0	1
windowcoverings_closed	boolean							1	1
windowcoverings_set	number	0	1		2	%		1	1
windowcoverings_state	enum						up|idle|down	1	1
windowcoverings_tilt_down	boolean							0	1
windowcoverings_tilt_set	number	0	1		2	%		1	1
windowcoverings_tilt_up	boolean							0	1
]]

local classes = [[
airconditioning airfryer airpurifier airtreatment amplifier battery bicycle blinds boiler bridge
button camera car coffeemachine cooktop curtain dehumidifier diffuser dishwasher doorbell dryer
evcharger fan faucet fireplace freezer fridge fridge_and_freezer fryer gameconsole garagedoor grill
heater heatpump homealarm hood humidifier kettle lawnmower light lock mediaplayer microwave mop
multicooker networkrouter other oven oven_and_microwave petfeeder pump radiator relay remote scooter
sensor service settopbox shutterblinds siren smokealarm socket solarpanel speaker sprinkler sunshade
thermostat tv vacuumcleaner vehicle washer washer_and_dryer waterheater waterpurifier watervalve
windowcoverings
]]

return { capabilities = capabilities, classes = classes }
