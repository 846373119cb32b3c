module imgferry

go 1.19
