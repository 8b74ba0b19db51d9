/* What C does with FFTW and OpenBLAS on one core: prints how often a second.
 *
 *   limits fft N single|double       a real transform there and back
 *   limits pairs LAGS SIZE BLOCKS     pairs of 16 records: product, inverse, lags
 *   limits cherk STATIONS WINDOWS    GFLOP/s of the products that count
 *
 * What FFTW has measured is kept in the working directory, as long ones take half a
 * minute.
 */
#include <cblas.h>
#include <complex.h>
#include <fftw3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec + 1e-9 * t.tv_nsec;
}

/* RATE does its argument over and over for half a second of CPU. */
#define RATE(...) ({ \
	double from = now(), done = 0; \
	do { __VA_ARGS__; done++; } while (now() - from < 0.5); \
	done / (now() - from); })

static const char single_wisdom[] = "single.wisdom", double_wisdom[] = "double.wisdom";

static double fft_single(int n) {
	fftwf_import_wisdom_from_filename(single_wisdom);
	float *x = fftwf_malloc(sizeof *x * n);
	fftwf_complex *z = fftwf_malloc(sizeof *z * (n / 2 + 1));
	fftwf_plan forth = fftwf_plan_dft_r2c_1d(n, x, z, FFTW_MEASURE);
	fftwf_plan back = fftwf_plan_dft_c2r_1d(n, z, x, FFTW_MEASURE);
	fftwf_export_wisdom_to_filename(single_wisdom);
	memset(x, 0, sizeof *x * n);
	return RATE(for (int k = 0; k < 20; k++) { fftwf_execute(forth); fftwf_execute(back); }) * 20;
}

static double fft_double(int n) {
	fftw_import_wisdom_from_filename(double_wisdom);
	double *x = fftw_malloc(sizeof *x * n);
	fftw_complex *z = fftw_malloc(sizeof *z * (n / 2 + 1));
	fftw_plan forth = fftw_plan_dft_r2c_1d(n, x, z, FFTW_MEASURE);
	fftw_plan back = fftw_plan_dft_c2r_1d(n, z, x, FFTW_MEASURE);
	fftw_export_wisdom_to_filename(double_wisdom);
	memset(x, 0, sizeof *x * n);
	return RATE(for (int k = 0; k < 20; k++) { fftw_execute(forth); fftw_execute(back); }) * 20;
}

static void fill(float complex *x, long n) {
	for (long k = 0; k < n; k++)
		x[k] = (rand() % 100 - 50) * 0.01f + I * (rand() % 100 - 50) * 0.01f;
}

/* All pairs of 16 records with spectra of as many blocks as lead and as trail;
 * each pair's lags go into memory of its own. */
static double pairs(int lags, int n, int blocks) {
	enum { records = 16 };
	long bins = n / 2 + 1, each = bins * blocks;
	float complex *lead = fftwf_malloc(8 * records * each), *trail = fftwf_malloc(8 * records * each), *sum = fftwf_malloc(8 * bins);
	float *x = fftwf_malloc(4 * n), *out = malloc(4L * records * records / 2 * (2 * lags + 1));
	fill(lead, records * each);
	fill(trail, records * each);
	fftwf_plan back = fftwf_plan_dft_c2r_1d(n, (fftwf_complex *)sum, x, FFTW_MEASURE);
	float by = 1.f / n;
	double rounds = RATE({
		float *to = out;
		for (int i = 0; i < records; i++)
			for (int j = i + 1; j < records; j++, to += 2 * lags + 1) {
				for (int b = 0; b < blocks; b++) {
					const float complex *p = lead + i * each + b * bins, *q = trail + j * each + b * bins;
					if (b == 0)
						for (long k = 0; k < bins; k++) sum[k] = conjf(p[k]) * q[k];
					else
						for (long k = 0; k < bins; k++) sum[k] += conjf(p[k]) * q[k];
				}
				fftwf_execute(back);
				for (int k = 0; k < lags; k++) to[k] = x[n - lags + k] * by;
				for (int k = 0; k <= lags; k++) to[lags + k] = x[k] * by;
			}
	});
	return rounds * records * (records - 1) / 2;
}

static double cherk(int stations, int windows) {
	enum { frequencies = 64 };
	float complex *x = malloc(8L * frequencies * stations * windows), *out = calloc(frequencies * stations * stations, 8);
	fill(x, (long)frequencies * stations * windows);
	double rounds = RATE(for (int f = 0; f < frequencies; f++)
		cblas_cherk(CblasRowMajor, CblasUpper, CblasNoTrans, stations, windows, 1, x + (long)f * stations * windows, windows, 0,
			out + (long)f * stations * stations, stations));
	return rounds * 8. * frequencies * windows * stations * (stations + 1) / 2 / 1e9;
}

int main(int argc, char **argv) {
	if (argc == 4 && !strcmp(argv[1], "fft"))
		printf("%g\n", argv[3][0] == 's' ? fft_single(atoi(argv[2])) : fft_double(atoi(argv[2])));
	else if (argc == 5 && !strcmp(argv[1], "pairs"))
		printf("%g\n", pairs(atoi(argv[2]), atoi(argv[3]), atoi(argv[4])));
	else if (argc == 4 && !strcmp(argv[1], "cherk"))
		printf("%g\n", cherk(atoi(argv[2]), atoi(argv[3])));
	else
		return 2;
	return 0;
}
