module seed

go 1.22
