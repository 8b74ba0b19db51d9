"""Makes stages.xml, stages.resp and golden.json: every type of response stage, and what ObsPy computes from it.

    python3 -m venv venv && venv/bin/pip install obspy==1.5.0 numpy==2.4.6 scipy==1.17.1
    venv/bin/python scripts/golden_response.py seismo/stationxml/testdata seismo/resp/testdata

golden.json holds responses (channel, output, frequency, real, imaginary) of the channels of both files, and records
with the response taken off them; agreement is max|got - want| <= rtol_of_max * max|want|.
"""
import json
import pathlib
import sys
import warnings

import numpy as np
import obspy
from obspy import Trace, UTCDateTime, read_inventory
from obspy.signal.invsim import corn_freq_2_paz

warnings.simplefilter("ignore")
out, out_resp = map(pathlib.Path, sys.argv[1:3])

# A stage: number, filter (kind and what it takes), units in and out, gain, frequency of the gain, decimation.
STS = dict(zeros=[0, 0, -463.1 + 430.5j, -463.1 - 430.5j, -15.15],
           poles=[-0.037 - 0.037j, -0.037 + 0.037j, -15.64, -97.3 - 400.7j, -97.3 + 400.7j, -374.8, -520.3])
# A short low pass, made as the windowed sinc that halves a rate: symmetric.
taps = np.sinc((np.arange(15) - 7) / 2) * np.hamming(15)
taps /= taps.sum()
even = np.sinc((np.arange(12) - 5.5) / 2) * np.hamming(12)
even /= even.sum()
skew = np.exp(-np.arange(9) / 2.5)
skew /= skew.sum()
CHANNELS = {
    "BHZ": ("M/S", 2e9, 0.05, [
        (1, "pz", dict(kind=0, a0=3.48462e17, f0=1.0, **STS), "M/S", "V", 1500.0, 1.0, None),
        (2, None, None, "V", "V", 2.0, 0.0, None),
        (3, "cf", dict(kind=2, num=[1.0], den=[]), "V", "COUNTS", 419430.0, 0.0, (400.0, 1, 0, 0.0, 0.0)),
        (4, "fir", dict(sym=1, c=list(taps[:8])), "COUNTS", "COUNTS", 1.0, 0.0, (400.0, 2, 0, 0.0175, 0.0175)),
        (5, "fir", dict(sym=2, c=list(even[:6])), "COUNTS", "COUNTS", 1.1, 2.0, (200.0, 2, 0, 0.0275, 0.0275)),
        (6, "fir", dict(sym=0, c=list(skew)), "COUNTS", "COUNTS", 1.0, 0.0, (100.0, 1, 0, 0.021, 0.0195)),
    ]),
    "EHZ": ("NM/S", 1.0, 2.0, [
        (1, "pz", dict(kind=1, a0=1.0, f0=2.0, zeros=[0, 0], poles=[-0.707 - 0.707j, -0.707 + 0.707j]), "NM/S", "V", 27e-9, 5.0, None),
        (2, "cf", dict(kind=2, num=list(1.4 * skew), den=[]), "V", "COUNTS", 1e6, 0.0, (200.0, 1, 0, 0.01, 0.0)),
        (3, "pz", dict(kind=2, a0=0.7, f0=3.0, zeros=[0.4 + 0.2j, 0.4 - 0.2j], poles=[0.5 + 0.3j, 0.5 - 0.3j]), "COUNTS", "COUNTS", 1.0, 1.0, (200.0, 2, 0, 0.0, 0.0)),
        (4, "cf", dict(kind=2, num=[0.2, 0.3, 0.1], den=[1.0, -0.5, 0.1]), "COUNTS", "COUNTS", 1.0, 0.0, (100.0, 1, 0, 0.0, 0.0)),
    ]),
    "HNZ": ("M/S**2", 3e5, 1.0, [
        (1, "pz", dict(kind=0, a0=2.3e6, f0=1.0, zeros=[], poles=[-981 + 1009j, -981 - 1009j]), "M/S**2", "V", 0.5, 1.0, None),
        (2, "cf", dict(kind=2, num=list(taps), den=[]), "V", "COUNTS", 6e5, 1.0, (100.0, 1, 0, 0.07, 0.07)),
    ]),
    "LHZ": ("M", 1e9, 0.1, [
        (1, "list", dict(f=[0.001, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 20.0], a=[0.01, 0.3, 0.9, 1.0, 1.0, 0.98, 0.6, 0.05],
                         p=[170.0, 95.0, 30.0, 12.0, 0.0, -9.0, -60.0, -170.0]), "M", "COUNTS", 1e9, 0.1, None),
    ]),
    "LKZ": ("C", 50.0, 0.0, [
        (1, "poly", dict(c=[-12.5, 8.0]), "C", "V", None, None, None),
        (2, None, None, "V", "COUNTS", 400.0, 0.0, None),
    ]),
}
PZ = ["LAPLACE (RADIANS/SECOND)", "LAPLACE (HERTZ)", "DIGITAL (Z-TRANSFORM)"]
CF = ["ANALOG (RADIANS/SECOND)", "ANALOG (HERTZ)", "DIGITAL"]


def units(i, o):
    return f"<InputUnits><Name>{i}</Name></InputUnits><OutputUnits><Name>{o}</Name></OutputUnits>"


def xml_stage(s):
    n, kind, p, i, o, gain, hz, dec = s
    x = f'<Stage number="{n}">'
    if kind == "pz":
        x += f"<PolesZeros>{units(i, o)}<PzTransferFunctionType>{PZ[p['kind']]}</PzTransferFunctionType>"
        x += f"<NormalizationFactor>{p['a0']!r}</NormalizationFactor><NormalizationFrequency>{p['f0']}</NormalizationFrequency>"
        for tag, all_ in ("Zero", p["zeros"]), ("Pole", p["poles"]):
            for k, c in enumerate(map(complex, all_)):
                x += f'<{tag} number="{k}"><Real>{c.real!r}</Real><Imaginary>{c.imag!r}</Imaginary></{tag}>'
        x += "</PolesZeros>"
    elif kind == "cf":
        x += f"<Coefficients>{units(i, o)}<CfTransferFunctionType>{CF[p['kind']]}</CfTransferFunctionType>"
        x += "".join(f"<Numerator>{float(v)!r}</Numerator>" for v in p["num"])
        x += "".join(f"<Denominator>{float(v)!r}</Denominator>" for v in p["den"]) + "</Coefficients>"
    elif kind == "fir":
        x += f"<FIR>{units(i, o)}<Symmetry>{['NONE', 'ODD', 'EVEN'][p['sym']]}</Symmetry>"
        x += "".join(f'<NumeratorCoefficient i="{k + 1}">{float(v)!r}</NumeratorCoefficient>' for k, v in enumerate(p["c"])) + "</FIR>"
    elif kind == "list":
        x += f"<ResponseList>{units(i, o)}"
        for f, a, ph in zip(p["f"], p["a"], p["p"]):
            x += f"<ResponseListElement><Frequency>{f}</Frequency><Amplitude>{a}</Amplitude><Phase>{ph}</Phase></ResponseListElement>"
        x += "</ResponseList>"
    elif kind == "poly":
        x += f"<Polynomial>{units(i, o)}<ApproximationType>MACLAURIN</ApproximationType><FrequencyLowerBound>0</FrequencyLowerBound>"
        x += "<FrequencyUpperBound>0.1</FrequencyUpperBound><ApproximationLowerBound>0</ApproximationLowerBound>"
        x += "<ApproximationUpperBound>5</ApproximationUpperBound><MaximumError>0.1</MaximumError>"
        x += "".join(f'<Coefficient number="{k}">{v}</Coefficient>' for k, v in enumerate(p["c"])) + "</Polynomial>"
    if dec:
        x += ("<Decimation><InputSampleRate>%r</InputSampleRate><Factor>%d</Factor><Offset>%d</Offset><Delay>%r</Delay>"
              "<Correction>%r</Correction></Decimation>") % dec
    if gain is not None:
        x += f"<StageGain><Value>{gain!r}</Value><Frequency>{hz}</Frequency></StageGain>"
    return x + "</Stage>\n"


def xml():
    x = ('<?xml version="1.0" encoding="UTF-8"?>\n<FDSNStationXML xmlns="http://www.fdsn.org/xml/station/1" schemaVersion="1.1">\n'
         '<Source>dispel4go</Source><Created>2024-01-01T00:00:00</Created>\n<Network code="XX" startDate="2000-01-01T00:00:00">\n'
         '<Station code="STAGE" startDate="2000-01-01T00:00:00Z"><Latitude>47.5</Latitude><Longitude>8.25</Longitude>'
         "<Elevation>500</Elevation><Site><Name>All stages</Name></Site>\n")
    for code, (unit, value, hz, stages) in CHANNELS.items():
        x += (f'<Channel code="{code}" locationCode="00" startDate="2010-05-01T00:00:00"><Latitude>47.5</Latitude><Longitude>8.25</Longitude>'
              "<Elevation>500</Elevation><Depth>2</Depth><Azimuth>0</Azimuth><Dip>-90</Dip><SampleRate>100</SampleRate>"
              f"<Response><InstrumentSensitivity><Value>{value!r}</Value><Frequency>{hz}</Frequency>{units(unit, 'COUNTS')}</InstrumentSensitivity>\n")
        x += "".join(map(xml_stage, stages)) + "</Response></Channel>\n"
    return x + "</Station></Network></FDSNStationXML>\n"


def resp_stage(s):
    n, kind, p, i, o, gain, hz, dec = s
    x = "#\n"
    if kind == "pz":
        x += f"B053F03     Transfer function type:                {'ABD'[p['kind']]} [as StationXML has it]\nB053F04     Stage sequence number:                 {n}\n"
        x += f"B053F05     Response in units lookup:              {i} - in\nB053F06     Response out units lookup:             {o} - out\n"
        x += f"B053F07     A0 normalization factor:               {p['a0']:.17E}\nB053F08     Normalization frequency:               {p['f0']:.6E}\n"
        for what, count, row, all_ in ("zeroes", "09", "10-13", p["zeros"]), ("poles", "14", "15-18", p["poles"]):
            x += f"B053F{count}     Number of {what}:                       {len(all_)}\n"
            for k, c in enumerate(map(complex, all_)):
                x += f"B053F{row}     {k} {c.real:.17E} {c.imag:.17E} 0.0 0.0\n"
    elif kind == "cf":
        x += f"B054F03     Transfer function type:                D\nB054F04     Stage sequence number:                 {n}\n"
        x += f"B054F05     Response in units lookup:              {i} - in\nB054F06     Response out units lookup:             {o} - out\n"
        x += f"B054F07     Number of numerators:                  {len(p['num'])}\n"
        x += "".join(f"B054F08-09  {k} {v:.17E} 0.0\n" for k, v in enumerate(p["num"]))
        x += f"B054F10     Number of denominators:                {len(p['den'])}\n"
        x += "".join(f"B054F11-12  {k} {v:.17E} 0.0\n" for k, v in enumerate(p["den"]))
    elif kind == "fir":
        x += f"B061F03     Stage sequence number:                 {n}\nB061F04     Response name:                         none\n"
        x += f"B061F05     Symmetry type:                         {'ABC'[p['sym']]}\nB061F06     Response in units lookup:              {i} - in\n"
        x += f"B061F07     Response out units lookup:             {o} - out\nB061F08     Number of numerators:                  {len(p['c'])}\n"
        x += "".join(f"B061F09     {k} {v:.17E}\n" for k, v in enumerate(p["c"]))
    elif kind == "list":
        x += f"B055F03     Stage sequence number:                 {n}\nB055F04     Response in units lookup:              {i} - in\n"
        x += f"B055F05     Response out units lookup:             {o} - out\nB055F06     Number of Responses Listed:            {len(p['f'])}\n"
        x += "".join(f"B055F07-11  {k} {f:.6E} {a:.6E} 0.0 {ph:.6E} 0.0\n" for k, (f, a, ph) in enumerate(zip(p["f"], p["a"], p["p"])))
    elif kind == "poly":
        x += f"B062F03     Transfer function type:                P\nB062F04     Stage sequence number:                 {n}\n"
        x += f"B062F05     Response in units lookup:              {i} - in\nB062F06     Response out units lookup:             {o} - out\n"
        x += ("B062F07     Polynomial Approximation Type:         M\nB062F08     Valid Frequency Units:                 B\n"
              "B062F09     Lower Valid Frequency Bound:           0.0\nB062F10     Upper Valid Frequency Bound:           0.1\n"
              "B062F11     Lower Bound of Approximation:          0.0\nB062F12     Upper Bound of Approximation:          5.0\n"
              "B062F13     Maximum Absolute Error:                0.1\n")
        x += f"B062F14     Number of Polynomial Coefficients:     {len(p['c'])}\n"
        x += "".join(f"B062F15-16  {k} {v:.17E} 0.0\n" for k, v in enumerate(p["c"]))
    if dec:
        x += (f"B057F03     Stage sequence number:                 {n}\nB057F04     Input sample rate:                     {dec[0]:.6E}\n"
              f"B057F05     Decimation factor:                     {dec[1]:05d}\nB057F06     Decimation offset:                     {dec[2]:05d}\n"
              f"B057F07     Estimated delay (seconds):             {dec[3]:.17E}\nB057F08     Correction applied (seconds):          {dec[4]:.17E}\n")
    if gain is not None:
        x += resp_gain(n, gain, hz)
    return x


def resp_gain(n, gain, hz):
    return (f"B058F03     Stage sequence number:                 {n}\nB058F04     Gain:                                  {gain:.17E}\n"
            f"B058F05     Frequency of gain:                     {hz:.6E} HZ\nB058F06     Number of calibrations:                0\n")


def resp():
    x = ""
    for code, (unit, value, hz, stages) in CHANNELS.items():
        x += ("#\nB050F03     Station:     STAGE\nB050F16     Network:     XX\nB052F03     Location:    00\n"
              f"B052F04     Channel:     {code}\nB052F22     Start date:  2010,121,00:00:00\nB052F23     End date:    No Ending Time\n")
        x += "".join(map(resp_stage, stages)) + resp_gain(0, value, hz)
    return x


for folder, name, text in (out, "stages.xml", xml()), (out_resp, "stages.resp", resp()):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)

when = UTCDateTime(2020, 1, 1)
inv = read_inventory(str(out / "stages.xml"))
frequencies = [0.002, 0.01, 0.05, 0.3, 1.0, 3.0, 7.7, 15.0, 31.0, 49.0]
golden = {"versions": {"obspy": obspy.__version__, "numpy": np.__version__}, "frequencies_hz": frequencies, "responses": [], "records": []}
for code in CHANNELS:
    response = inv.get_response(f"XX.STAGE.00.{code}", when)
    for output in ["DEF"] if code == "LKZ" else ["DISP", "VEL", "ACC", "DEF"]:
        h = response.get_evalresp_response_for_frequencies(frequencies, output=output, hide_sensitivity_mismatch_warning=True)
        golden["responses"].append({"channel": code, "output": output, "rtol_of_max": 1e-10, "real": list(h.real), "imag": list(h.imag)})

rng = np.random.default_rng(20260102)
for code, n, options in [
    ("BHZ", 400, dict(output="VEL", water_level=60)),
    ("BHZ", 2501, dict(output="DISP", water_level=40, pre_filt=[0.05, 0.1, 30, 40])),
    ("EHZ", 303, dict(output="ACC", water_level=None, pre_filt=[0.5, 1, 20, 30], zero_mean=False, taper=False)),
    ("HNZ", 400, dict(output="VEL", water_level=60, taper_fraction=0.3)),
    ("LHZ", 400, dict(output="VEL", water_level=60)),
    ("LKZ", 50, dict(output="VEL")),
]:
    x = np.round(1000 * rng.standard_normal(n) + 200)
    tr = Trace(x.copy(), header=dict(network="XX", station="STAGE", location="00", channel=code, sampling_rate=100.0, starttime=when))
    tr.remove_response(inv, **options)
    step = max(1, n // 60)
    golden["records"].append({"channel": code, "options": options, "rtol_of_max": 1e-9, "x": list(x), "step": step, "y": list(tr.data[::step])})
x = np.round(1000 * rng.standard_normal(300) + 200)
paz = dict(zeros=[[c.real, c.imag] for c in map(complex, STS["zeros"])], poles=[[c.real, c.imag] for c in map(complex, STS["poles"])], gain=3.48462e17, sensitivity=2e9)
for options in [dict(paz_remove=paz, water_level=60), dict(paz_simulate="pendulum"), dict(paz_remove=paz, paz_simulate="pendulum", water_level=600)]:
    given = {k: dict(poles=[complex(*p) for p in v["poles"]], zeros=[complex(*p) for p in v["zeros"]], gain=v["gain"], sensitivity=v["sensitivity"])
             if isinstance(v, dict) else corn_freq_2_paz(1.0) | {"sensitivity": 1.0} if v == "pendulum" else v for k, v in options.items()}
    y = Trace(x.copy(), header=dict(sampling_rate=100.0)).simulate(**given).data
    golden["records"].append({"channel": "", "options": options, "rtol_of_max": 1e-9, "x": list(x), "step": 5, "y": list(y[::5])})
(out / "golden.json").write_text(json.dumps(golden) + "\n")
