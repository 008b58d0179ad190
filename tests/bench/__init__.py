"""Side-by-side benchmarks: what the platform costs against small honest rivals, measured in one run on two cores.

    make bench                                                      # everything, hours
    make bench ARGS="--only relay --pairs 3 --seconds 1"            # whether it works, a minute
"""
